// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"
#include "api/input.hpp"
#include "api/query.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::api {

/// Who may make a call. Every route states it, so nothing is reachable by omission.
enum class Auth : std::uint8_t {
    kNone,
    kSignIn,        ///< Anyone, in order to sign in.
    kSession,       ///< Only a session of the web UI.
    kPassword,      ///< Basic, or a session.
    kAny,           ///< A token, Basic, or a session.
    kIntrospector,  ///< Basic, or an administrator's scoped token whose grants cover the call.
    kRevoker,       ///< Basic, or a token, which may only revoke itself.
    kAdmin,         ///< Basic or a session, of an administrator.
    kAdminOrSelf,   ///< Basic or a session, of an administrator or of the user in the path.
};

/// What a call accepts besides its path and the credential: nothing else is read.
struct Accepts {
    std::span<Parameter const> query{};
    std::span<InputField const> body{};  ///< The keys of the JSON object; empty if the call has no such body.
    std::span<Parameter const> form{};   ///< The fields of the form; empty if the body is not a form.
    bool is_body_optional = false;       ///< Whether an empty body stands for `{}`.
};

/// The JSON in the response to a call that succeeds; see `views.hpp`.
enum class View : std::uint8_t {
    kMessage,
    kMinted,
    kTokenList,
    kToken,
    kRevocation,
    kPendingRevocation,
    kTokensRevocation,
    kPendingTokensRevocation,
    kPreview,
    kWhoami,
    kIntrospection,
    kEmptyObject,
    kSession,
    kSessionList,
    kUserList,
    kUser,
    kPresetList,
    kServer,
    kEventList,
    kOpenApi,
};

struct Success {
    View view = View::kMessage;
    unsigned status = 200;
    std::string_view headers{};  ///< Those that it has besides the ones of every response, separated by spaces.
    std::string_view message{};  ///< For `View::kMessage`.
};

/// A call: the only place that says how it is reached, who may make it, what it accepts and what it responds with. Requests
/// are routed and read by it.
struct ApiRoute {
    std::string_view method;
    std::string_view pattern;  ///< No trailing slash; at most one `{…}`, a whole segment. Relative to `/v1alpha`, or `/healthz/…`, or `kOpenApiPath`.
    Auth required_auth;
    Handler handler;
    SyncHandler sync_handler = nullptr;
    Accepts accepts{};
    Success success{};
    std::optional<Success> other_success{};  ///< What it may respond with instead, with another status.
    bool needs_ui = false;                   ///< Whether the call is 404 if the web UI, and with it its sessions, are off.
    std::string_view errors{};               ///< Slugs of the errors that nothing above implies, separated by spaces; see `errors_of`.
    std::string_view id{};                   ///< The operation's name in the OpenAPI document.
    std::string_view summary{};              ///< What the call does.
};

/// Returns whether this is a health check, which anyone may call under any host name.
[[nodiscard]] constexpr bool is_health_check(ApiRoute const& route) noexcept { return route.pattern.starts_with("/healthz"); }

/// The path of the OpenAPI document, which is outside of the base path, like the health checks.
inline constexpr std::string_view kOpenApiPath = "/openapi.json";

/// The result of routing a request.
struct Match {
    enum class Kind : std::uint8_t { kRoute, kOptions, kNotFound, kWrongMethod, kUi } kind = Kind::kNotFound;
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
