// SPDX-License-Identifier: MIT
#include "app/config/key_help.hpp"

#include <algorithm>
#include <array>

namespace warder::app {
namespace {

// In the order of the tables of keys. docs/reference/configuration.md says more.
constexpr auto kHelp = std::to_array<KeyHelp>({
    {"listen", R"("127.0.0.1:8441")",
     "Address and port of the API and the web UI: an IPv4 address, an IPv6 address in brackets, or localhost. Port 0 picks a free port"},
    {"data_dir", R"("./warder-data")",
     "The data directory, which is created with mode 0700. Its parent must exist. A relative path starts at the current directory of the command"},
    {"store", R"("sqlite:<data_dir>/warder.db")",
     "URL of the store: `sqlite:PATH`, `users-json:PATH` for the users.json of Specter Desktop, or `postgresql://USER@HOST/DATABASE` for several "
     "nodes. `<data_dir>` stands for the value of that setting"},
    {"threads", "0", "Threads that answer requests, up to 256; 0 is one per core"},
    {"max_connections", "10000",
     "1 to 1000000. When the limit is reached, the connection that has been idle longest is closed to make room for a new one"},
    {"trusted_proxies", "[]", R"(Addresses and networks, such as `"10.0.0.0/8"`, whose X-Forwarded-For is trusted)"},
    {"hosts", "[]",
     R"(Host names that `listen` serves: `"warder.example.org"`, `"*.example.org"` (one label) or `"192.0.2.1:8441"`. A listener on loopback always serves localhost and loopback addresses. Any other listener serves every host unless this is set)"},
    {"allow_plaintext", "false",
     "Required to listen beyond loopback without TLS: passwords and tokens then cross the network unencrypted unless a proxy in front terminates "
     "TLS"},
    {"tls_certificate", "", "PEM file of the certificate with its chain. It is read again on SIGHUP"},
    {"tls_key", "", "PEM file of the certificate's key, without a passphrase. Others must not be able to read it. Set both files or neither"},
    {"header_timeout", R"("10 s")", "How long a request head, and each body, may take"},
    {"idle_timeout", R"("75 s")", "How long a connection may wait for its next request, or read nothing of a response"},
    {"drain_timeout", R"("10 s")", "How long requests in flight may take after SIGTERM"},
    {"drain_delay", R"("0.5 s")", "How much of `drain_timeout` listeners keep accepting connections while readiness is 503"},
    {"presets_dir", R"("/usr/share/warder/presets")",
     R"(Directory of [[preset]] tables in files `*.toml`, besides those in this file. The default, which need not exist, has the installed ones. With `""`, there are none. It is read again on SIGHUP)"},
    {"tokens.max_life", R"("10 years")", "The longest lifetime of a token"},
    {"tokens.keep_expired", R"("30 days")", "How long expired tokens stay listed"},
    {"tokens.max_per_user", "10000", "How many tokens a user may have, including expired ones that are still listed; up to 1000000000"},
    {"passwords.memory", R"("64 MiB")", "Memory of one Argon2id hash, from 8 KiB to 4 GiB. It has no effect with `users-json`"},
    {"passwords.passes", "2", "Passes of one Argon2id hash, 1 to 1000. It has no effect with `users-json`"},
    {"passwords.workers", "2", "How many hashes are computed at a time, 1 to 64"},
    {"passwords.queue", "64", "How many attempts to sign in may wait for a hash, 1 to 100000; beyond that, the response is 503"},
    {"log.level", R"("info")", R"(`"debug"`, `"info"`, `"warning"` or `"error"`. It is read again on SIGHUP)"},
    {"log.format", R"("logfmt")", R"(`"logfmt"` or `"json"`)"},
    {"log.addresses", "false", "Log the client's address with each denial"},
    {"log.access", "false", "Log a line for each request"},
    {"decision.source", R"("")",
     R"(Which headers of a request to /auth describe the original request: `"forwarded"` (X-Forwarded-Method, -Uri, -Host; Caddy, Traefik), `"original"` (X-Original-Method, -URI, -Host; nginx, HAProxy) or `"path"` (/auth/PATH; Envoy). With `""`, only unscoped tokens pass)"},
    {"decision.token_header", R"("")",
     R"(A header of the request to /auth that may have a token, without a scheme, such as `"X-Api-Key"`. It is one more place for a token besides Authorization and X-Warder-Token)"},
    {"gateway.listen", R"("")",
     R"(The gateway's own address, written like `listen`. With `""`, routes are served on `listen`, where the API takes precedence)"},
    {"gateway.hosts", "[]", "Like `hosts`, for `gateway.listen`"},
    {"ui.enabled", "true", "Serve the web UI at /, with its sessions"},
    {"ui.same_origin", "false",
     "Also serve the web UI where routes are served on `listen`. A page of an upstream then shares its origin, and can act as the user who is signed "
     "in"},
    {"ui.idle", R"("30 minutes")", "A session ends when it has not been used for this long"},
    {"ui.absolute", R"("12 hours")", "A session ends this long after sign-in, even if it is in use"},
    {"metrics.listen", R"("")", R"(The address of /metrics, written like `listen`. With `""`, there are no metrics)"},
    {"audit.keep", R"("400 days")", "How long events stay in the audit log"},
    {"keys.encryption_key_file", "",
     "File of the 32-byte key, in base64, that encrypts the signing keys in a database that several nodes share. It must be the same on every node. "
     "It has no effect with a store on this machine"},
    {"cluster.max_staleness", R"("30 s")",
     "How old the token index may be, from 2 s to 1 hour: when a shared database has not responded for longer, requests with a credential get 503. "
     "It has no effect with a store on this machine"},
    {"cluster.poll", R"("0")",
     "How often to ask a shared database for changes that can't notify (LISTEN), from 0.1 s to 1 minute and at most half of `cluster.max_staleness`. "
     "With "
     "`\"0\"`, the database notifies. It has no effect with a store on this machine"},
    {"route.prefix", "",
     "Required. The path that the route covers, in whole segments: `/a` covers /a and /a/b, but not /ab. The longest prefix wins"},
    {"route.upstream", "", "Required. An http or https URL without user, query and fragment. If it has a path, that replaces the prefix"},
    {"route.credential", R"("none")",
     R"(The upstream credential that the gateway adds: `"none"`, `"pass"` (the client's own Authorization; the token is then read from X-Warder-Token or the `token_header`), `"basic-file:PATH"` (user:password), `"bearer-file:PATH"` or `"header-file:NAME:PATH"`. Only the owner may be able to read the file, which is read again when it changes)"},
    {"route.json_rpc", "false", "Check the calls in the body of each POST against the `rpc:` grants"},
    {"route.auth", R"("token")", R"(`"none"` lets anyone pass without a token)"},
    {"route.allow_encoded_slash", "false", "Accept %2F, in segments that only `**` covers"},
    {"route.pass_preflight", "false", "Forward CORS preflights without a token"},
    {"route.preserve_host", "false", "Send the client's Host to the upstream instead of the host in its URL"},
    {"route.strict_paths", "true", "`false` forwards paths that are ambiguous, unchanged, for unscoped tokens and with `auth = \"none\"`"},
    {"route.websocket", "true",
     "Whether requests with Upgrade are forwarded; the default is `false` on `json_rpc` routes. Calls in a WebSocket are not checked"},
    {"route.token_header", "",
     R"(A request header that may have a token, without a scheme, such as `"X-Api-Key"`: one more place for a token besides Authorization and X-Warder-Token. It is never forwarded)"},
    {"route.user_header", "", R"(An additional request header that tells the upstream the user's name, such as `"X-Remote-User"`)"},
    {"route.ca_file", "", "PEM file of the CA certificates that an https upstream is verified with. The default is those of the system"},
    {"route.connect_timeout", R"("5 s")", "Until the upstream has accepted the connection, including name resolution and the TLS handshake"},
    {"route.response_timeout", R"("60 s")", "From the end of the request to the head of the response"},
    {"route.idle_timeout", R"("300 s")", "How long a stream may transfer nothing"},
    {"route.body_limit", "", R"(The longest request body, from `"1 KiB"` to `"1024 GiB"`. By default, there is no limit)"},
    {"route.rpc_body_limit", R"("1 MiB")", R"(On `json_rpc` routes, the longest body of a POST, up to `"64 MiB"`)"},
    {"preset.name", "", "Required. What the preset is chosen by. One in this file replaces one of the same name in `presets_dir`"},
    {"preset.description", "", "What tokens with these grants are for"},
    {"preset.endpoints", "", R"(Required. The grants that the preset adds to a token, such as `["GET /v1/wallets/*"]`)"},
});

}  // namespace

std::span<KeyHelp const> all_key_help() { return kHelp; }

KeyHelp const* find_key_help(std::string_view name) {
    auto const found = std::ranges::find(kHelp, name, &KeyHelp::name);
    return found == kHelp.end() ? nullptr : &*found;
}

}  // namespace warder::app
