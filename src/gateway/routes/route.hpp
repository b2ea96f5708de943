// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

/// The gateway: own paths in front of somebody else's servers.
namespace warder::gateway {

/// Where a route leads: an http or https URL, read.
struct UpstreamUrl {
    bool is_tls = false;
    std::string host;  ///< A name or an IP address, without brackets, in lower case.
    std::uint16_t port = 0;
    std::string authority;  ///< As the `Host` header sent upstream: the URL's, without its scheme's default port.
    std::string path;       ///< Empty, or from its first slash on as written. Empty: the client's path goes unchanged.
};

/// What is put into a request so that the upstream takes it, and where that is read from.
struct UpstreamCredentialSource {
    enum class Kind : std::uint8_t {
        kNone,
        kPass,        ///< The client's own `Authorization` goes through; the token is read from `X-Warder-Token` alone.
        kBasicFile,   ///< The file has `user:password`.
        kBearerFile,  ///< The file has a token.
        kHeaderFile,  ///< The file has the value of `header_name`.
    } kind = Kind::kNone;
    std::string header_name;  ///< Of `kHeaderFile`, as written; else empty.
    std::filesystem::path file;
};

/// One `[[route]]` of the configuration.
struct RouteSettings {
    enum class Auth : std::uint8_t { kToken, kNone };

    std::string prefix;  ///< Judged, whole segments, no slash at its end; "/" is kept as it is and covers everything.
    UpstreamUrl upstream;
    UpstreamCredentialSource credential;
    bool json_rpc = false;
    Auth auth = Auth::kToken;
    bool allow_encoded_slash = false;
    bool pass_preflight = false;
    bool preserve_host = false;     ///< The upstream gets the client's `Host`, not that of its URL.
    bool strict_paths = true;       ///< False: paths that are not canonical pass unchanged, but for scoped tokens.
    std::optional<bool> websocket;  ///< Whether requests with `Upgrade` pass; not set: unless the route is for JSON-RPC.
    std::string user_header;        ///< A further header with the user's name; empty: none.
    std::filesystem::path ca_file;  ///< PEM; empty: the system's certificates.
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds response_timeout{60'000};  ///< From the end of the request to the head of the response.
    std::chrono::milliseconds idle_timeout{300'000};     ///< Of a stream in which nothing moves.
    std::optional<std::uint64_t> body_limit;             ///< Of a request's body in bytes; nothing: none.
    std::optional<std::uint64_t> rpc_body_limit;         ///< Of a body that is read as JSON-RPC, in bytes; nothing: `kDefaultRpcBody`.
};

}  // namespace warder::gateway
