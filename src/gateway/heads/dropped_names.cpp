// SPDX-License-Identifier: MIT
#include "gateway/heads/dropped_names.hpp"

#include "core/text/words.hpp"
#include "http/field_name.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace warder::gateway {
namespace {

/// Names, or prefixes of names if they end with `*`. docs/reference/security.md lists them as well; a test checks that every name
/// listed there is dropped.
constexpr std::string_view kWords =
    // The gateway sets these itself.
    "host content-length expect via x-warder-* x-forwarded-* x-forwarded forwarded x-real-ip "
    // The path.
    "x-original-* x-rewrite-* script-name x-script-name path-info x-path-info path-translated script-filename script-url script-uri request-uri "
    "x-request-uri query-string document-root document-uri document-url orig-path-info orig-script-name orig-path-translated "
    "orig-script-filename redirect-url redirect-status redirect-query-string unencoded-url x-waws-unencoded-url iis-wasurlrewritten "
    "x-replaced-path x-envoy-original-* x-context-path x-proxycontextpath x-ingress-path x-sendfile-type x-accel-* "
    // The method.
    "request-method "
    // The host and the scheme.
    "x-host x-http-host-override http-host x-proxyhost x-proxyport x-proxyscheme server-name server-port server-protocol server-addr "
    "gateway-interface front-end-https https x-https x-scheme x-url-scheme x-arr-ssl "
    // A proxy for the server's own requests (httpoxy).
    "proxy "
    // The client's address.
    "remote-* x-remote-* client-ip x-client-ip x-cluster-client-ip true-client-ip cf-connecting-ip fastly-client-ip x-originating-ip "
    // The user; `remote-*` and `x-remote-*` are above.
    "auth-type auth-user logon-user x-proxy-user x-webauth-* x-auth-request-* x-authentik-* x-authenticated-* x-consumer-* x-credential-* "
    "x-userinfo x-pomerium-* x-vouch-* x-amzn-oidc-* x-goog-authenticated-* x-ms-client-principal* x-ms-token-* cf-access-authenticated-* "
    "tailscale-* oidc-* shib-* "
    // The client's certificate.
    "ssl-* x-ssl-* client-cert client-cert-chain x-client-cert* x-client-dn x-client-verify x-arr-clientcert x-tls-client-*";
constexpr auto kNames = core::split_words<std::ranges::count(kWords, ' ') + 1>(kWords);

constexpr std::size_t kBuckets = 256;

/// Hashes three characters: the first ones or, if the name starts with `x-`, those after it.
constexpr std::size_t bucket_of(std::string_view name) noexcept {
    std::size_t const start = name.size() > 4 && http::plainly(name[0]) == 'x' && http::plainly(name[1]) == '-' ? 2 : 0;
    std::size_t hash = start;
    for (std::size_t i = start; i < start + 3 && i < name.size(); ++i) hash = hash * 31 + static_cast<unsigned char>(http::plainly(name[i]));
    return (hash ^ (hash >> 8U)) % kBuckets;
}

struct Table {
    std::array<std::string_view, kNames.size()> names{};
    std::array<std::uint8_t, kBuckets + 1> first{};  // index of each bucket's first name; a bucket ends where the next one starts
};

constexpr Table kTable = [] {
    static_assert(kNames.size() < 256);
    Table table;
    table.names = kNames;
    std::ranges::sort(table.names, {}, bucket_of);
    std::size_t next = 0;
    for (std::size_t bucket = 0; bucket < table.first.size(); ++bucket) {
        while (next < table.names.size() && bucket_of(table.names[next]) < bucket) ++next;
        table.first[bucket] = static_cast<std::uint8_t>(next);
    }
    return table;
}();

// A prefix must contain all characters that its bucket is computed from.
static_assert(std::ranges::all_of(kNames,
                                  [](std::string_view name) { return !name.ends_with('*') || name.size() > (name.starts_with("x-") ? 5 : 3); }));

}  // namespace

bool is_dropped_name(std::string_view name) noexcept {
    auto const bucket = bucket_of(name);
    for (std::size_t i = kTable.first[bucket]; i < kTable.first[bucket + 1]; ++i) {
        auto const pattern = kTable.names[i];
        bool const is_family = pattern.back() == '*';
        if (is_family ? http::begins_with_name(name, pattern.substr(0, pattern.size() - 1)) : http::is_same_name(name, pattern)) return true;
    }
    return false;
}

}  // namespace warder::gateway
