// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace warder::api {

/// Who may make a call. Every route states it, so nothing is reachable by omission.
enum class Auth : std::uint8_t {
    kNone,
    kSignIn,        ///< Anyone, in order to sign in; only if the web UI is on.
    kSession,       ///< Only a session of the web UI.
    kPassword,      ///< Basic, or a session.
    kAny,           ///< A token, Basic, or a session.
    kIntrospector,  ///< Basic, or an administrator's scoped token whose grants cover the call.
    kRevoker,       ///< Basic, or a token, which may only revoke itself.
    kAdmin,         ///< Basic or a session, of an administrator.
    kAdminOrSelf,   ///< Basic or a session, of an administrator or of the user in the path.
};

struct ApiRoute {
    std::string_view method;
    std::string_view pattern;  ///< No trailing slash; at most one `{…}`, a whole segment. Relative to `/v1alpha`, or `/healthz/…`.
    Auth required_auth;
    std::string_view parameters;  ///< Names of query parameters, separated by spaces.
    Handler handler;
    SyncHandler sync_handler = nullptr;
};

/// Returns whether this is a health check, which anyone may call under any host name.
[[nodiscard]] constexpr bool is_health_check(ApiRoute const& route) noexcept { return route.pattern.starts_with("/healthz"); }

/// The result of routing a request.
struct Match {
    enum class Kind : std::uint8_t { kRoute, kOptions, kNotFound, kWrongMethod } kind = Kind::kNotFound;
    ApiRoute const* route = nullptr;  ///< For `kOptions` and `kWrongMethod`, one of the routes of the path.
    std::string_view base;
    std::string_view captured;
    std::string allow;  ///< For `kOptions` and `kWrongMethod`.
};

/// Routes a request: both base paths, with and without a trailing slash, HEAD wherever GET exists, OPTIONS everywhere;
/// otherwise 405 or 404.
/// @param path  not decoded; escapes are ordinary characters, so an escaped literal segment does not match.
[[nodiscard]] Match match(std::span<ApiRoute const> routes, std::string_view method, std::string_view path);

/// All methods that any call accepts.
inline constexpr std::string_view kEveryMethod = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

}  // namespace warder::api
