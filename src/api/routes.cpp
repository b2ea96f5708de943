// SPDX-License-Identifier: MIT
#include "api/routes.hpp"

#include "api/handlers.hpp"

#include <array>

namespace warder::api {
namespace {

constexpr auto kRoutes = std::to_array<ApiRoute>({
    {"GET", "/whoami", Auth::kAny, "", &whoami, &whoami_sync},
    {"POST", "/token", Auth::kPassword, "", &mint_token},
    {"GET", "/token", Auth::kPassword, "user limit after include", &list_tokens},
    {"GET", "/token/{id}", Auth::kPassword, "include", &show_token},
    {"PATCH", "/token/{id}", Auth::kPassword, "include", &edit_token},
    {"DELETE", "/token/{id}", Auth::kPassword, "", &delete_token},
    {"POST", "/token/{id}/renew", Auth::kPassword, "", &renew_token},
    {"POST", "/preview", Auth::kPassword, "", &preview},
    {"POST", "/introspect", Auth::kIntrospector, "", &introspect},
    {"POST", "/revoke", Auth::kRevoker, "", &revoke},
    {"GET", "/users", Auth::kAdmin, "", &list_users},
    {"POST", "/users", Auth::kAdmin, "", &add_user},
    {"GET", "/users/{name}", Auth::kAdminOrSelf, "", &show_user},
    {"PATCH", "/users/{name}", Auth::kAdmin, "", &edit_user},
    {"DELETE", "/users/{name}", Auth::kAdmin, "", &delete_user},
    {"PUT", "/users/{name}/password", Auth::kAdminOrSelf, "", &set_password},
    {"POST", "/session", Auth::kSignIn, "", &sign_in},
    {"GET", "/session", Auth::kSession, "", &show_session},
    {"DELETE", "/session", Auth::kSession, "", &sign_out},
    {"GET", "/server", Auth::kAdmin, "", &show_server},
    {"GET", "/audit", Auth::kAdmin, "limit before", &list_audit_events},
    {"GET", "/healthz/liveness", Auth::kNone, "", &liveness},
    {"GET", "/healthz/readyness", Auth::kNone, "", &readiness},  // Specter's spelling
    {"GET", "/healthz/readiness", Auth::kNone, "", &readiness},
});

}  // namespace

std::span<ApiRoute const> all_routes() noexcept { return kRoutes; }

}  // namespace warder::api
