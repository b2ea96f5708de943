// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

/// The gateway: the built-in reverse proxy, which forwards requests by their path to upstreams.
namespace warder::gateway {

/// The parsed http or https URL of a route's upstream.
struct UpstreamUrl {
    bool is_tls = false;
    std::string host;  ///< A name or an IP address, without brackets, in lower case.
    std::uint16_t port = 0;
    std::string authority;  ///< The `Host` sent upstream: the URL's authority, without its scheme's default port.
    std::string path;       ///< Empty, or everything from the first slash on as written. If empty, the client's path is sent unchanged.
};

/// Which credential the gateway adds to a forwarded request, and where it is read from.
struct UpstreamCredentialSource {
    enum class Kind : std::uint8_t {
        kNone,
        kPass,        ///< The client's own `Authorization` is forwarded; the token is read only from `X-Warder-Token` or the `token_header`.
        kBasicFile,   ///< The file contains `user:password`.
        kBearerFile,  ///< The file contains a token.
        kHeaderFile,  ///< The file contains the value of `header_name`.
    } kind = Kind::kNone;
    std::string header_name;  ///< For `kHeaderFile`, as written; otherwise empty.
    std::filesystem::path file;
};

/// One `[[route]]` of the configuration.
struct RouteSettings {
    enum class Auth : std::uint8_t { kToken, kNone };

    std::string prefix;  ///< Canonical, whole segments, no trailing slash; "/" covers every path.
    UpstreamUrl upstream;
    UpstreamCredentialSource credential;
    bool json_rpc = false;
    Auth auth = Auth::kToken;
    bool allow_encoded_slash = false;
    bool pass_preflight = false;
    bool preserve_host = false;     ///< Send the client's `Host` upstream instead of the URL's.
    bool strict_paths = true;       ///< If false, paths that are not canonical are forwarded unchanged, except for scoped tokens.
    std::optional<bool> websocket;  ///< Whether requests with `Upgrade` are forwarded; if unset, only on routes without JSON-RPC.
    std::string token_header;       ///< A header, in lower case, that may have the client's token; empty: none.
    std::string user_header;        ///< An additional header with the user's name; empty: none.
    std::filesystem::path ca_file;  ///< PEM; empty: the system's certificates.
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds response_timeout{60'000};  ///< From the end of the request to the head of the response.
    std::chrono::milliseconds idle_timeout{300'000};     ///< For a stream without traffic.
    std::optional<std::uint64_t> body_limit;             ///< Limit on a request's body, in bytes; nullopt: no limit.
    std::optional<std::uint64_t> rpc_body_limit;         ///< Limit on a JSON-RPC body, in bytes; nullopt: `kDefaultRpcBody`.
};

}  // namespace warder::gateway
