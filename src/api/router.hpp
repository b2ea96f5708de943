// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace warder::api {

/// Who may make a call. Nothing is reachable by omission: the table says it for each.
enum class Auth : std::uint8_t {
    kNone,
    kSignIn,        ///< Anybody, to become somebody: to be had where the web UI is.
    kSession,       ///< A session of the web UI alone.
    kPassword,      ///< Basic, or a session.
    kAny,           ///< A token, Basic, or a session.
    kIntrospector,  ///< Basic, or an administrator's limited token whose grants cover the call.
    kRevoker,       ///< Basic, or a token, which may then revoke itself.
    kAdmin,         ///< Basic or a session, an administrator.
    kAdminOrSelf,   ///< Basic or a session, an administrator or the user whom the path names.
};

struct ApiRoute {
    std::string_view method;
    std::string_view pattern;  ///< Without a trailing slash; at most one `{…}`, a whole segment. Relative to `/v1alpha`, or `/healthz/…`.
    Auth who;
    std::string_view parameters;  ///< Names of query parameters, with a space between them.
    Handler handler;
    AtOnce at_once = nullptr;
};

/// Whether this is a health check, which anybody may call by any name of the server.
[[nodiscard]] constexpr bool is_health_check(ApiRoute const& route) noexcept { return route.pattern.starts_with("/healthz"); }

/// Where a request leads.
struct Match {
    enum class Kind : std::uint8_t { kRoute, kOptions, kNotFound, kWrongMethod } kind = Kind::kNotFound;
    ApiRoute const* route = nullptr;  ///< For `kOptions` and `kWrongMethod`: one of those at the path.
    std::string_view base;
    std::string_view captured;
    std::string allow;  ///< For `kOptions` and `kWrongMethod`.
};

/// Looks a request up: both base paths, with and without the trailing slash, HEAD where GET is, OPTIONS everywhere, else 405 and 404.
/// @param path  raw; escapes are characters like others, so an escaped literal segment is unknown.
[[nodiscard]] Match match(std::span<ApiRoute const> routes, std::string_view method, std::string_view path);

/// Every method that any call takes.
inline constexpr std::string_view kEveryMethod = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

}  // namespace warder::api
