// SPDX-License-Identifier: MIT
#include "api/routes.hpp"

#include "api/handlers/handlers.hpp"
#include "api/handlers/token_list.hpp"
#include "api/policy_keys.hpp"
#include "api/ui/ui_pages.hpp"
#include "api/views.hpp"

#include <array>
#include <tuple>

namespace warder::api {
namespace {

template <auto handler>
struct Bound;
template <class Result, class... Parameters, Result (*handler)(Parameters...)>
struct Bound<handler> {
    static Result run(auth::Services const& services, Call const& call) {
        [[maybe_unused]] auto const all = std::tie(services.authority, services.sign_in, services.sessions, services.hasher, services.directory,
                                                   services.verifier, services.clock, services.info, services.presets, call);
        return handler(std::get<Parameters>(all)...);
    }
};

/// Returns a handler with its parameters bound, by their types, to the services and the call.
template <auto handler>
consteval auto bind() {
    return &Bound<handler>::run;
}

// Keys of JSON bodies. The first word says what a value must be; true: the key is required.

using enum InputField::Kind;

constexpr auto kMintFields =
    with_policy_keys<PolicyUse::kMint>(std::to_array<InputField>({{kText, kDescriptionKey, true}, {kDuration, kLifetimeKey, true}}));
constexpr auto kTokenEditFields = with_policy_keys<PolicyUse::kEdit>(std::to_array<InputField>({{kText, kDescriptionKey}}));
constexpr auto kRenewFields = std::to_array<InputField>({{kDuration, kLifetimeKey}, {kDuration, kOverlapKey}});
constexpr auto kPreviewFields =
    std::to_array<InputField>({{kDuration, kLifetimeKey}, {kGrants, kEndpointsKey}, {kText, "method"}, {kText, "uri"}, {kText, "rpc"}});
constexpr auto kNewUserFields =
    std::to_array<InputField>({{kText, "username", true}, {kText, "password"}, {kFlag, "is_admin"}, {kGrants, kEndpointsKey}});
constexpr auto kUserEditFields = std::to_array<InputField>({{kFlag, "is_admin"}, {.kind = kGrants, .name = kEndpointsKey, .is_nullable = true}});
constexpr auto kPasswordFields = std::to_array<InputField>({{kText, "password", true}, {kText, "current_password"}});
constexpr auto kSignInFields = std::to_array<InputField>({{kText, "username", true}, {kText, "password", true}});

// Fields of forms. `token_type_hint` may be ignored (RFC 7662 §2.1, RFC 7009 §2.1), since there is only one type.

using ParameterKind = Parameter::Kind;

constexpr Parameter kTokenField{ParameterKind::kText, "token", true};
constexpr Parameter kHintField{ParameterKind::kText, "token_type_hint"};
constexpr auto kIntrospectForm = std::to_array<Parameter>({kTokenField, kHintField, {ParameterKind::kText, "method"}, {ParameterKind::kText, "uri"}});
constexpr auto kRevokeForm = std::to_array<Parameter>({kTokenField, kHintField});

// Query parameters.

constexpr Parameter kLimit{ParameterKind::kLimit, "limit"};
constexpr Parameter kInclude{ParameterKind::kUsage, "include"};
constexpr auto kMintQuery = std::to_array<Parameter>({{ParameterKind::kUserName, "user"}});
constexpr auto kTokenListQuery = std::to_array<Parameter>({{ParameterKind::kOwner, "user"},
                                                           kLimit,
                                                           {ParameterKind::kTokenId, "after"},
                                                           kInclude,
                                                           {ParameterKind::kDuration, kExpiresWithin},
                                                           {ParameterKind::kDuration, kUnusedFor}});
constexpr auto kTokenQuery = std::to_array<Parameter>({kInclude});
constexpr auto kPreviewQuery = std::to_array<Parameter>({{ParameterKind::kExplanation, "include"}});
constexpr Parameter kLastSignIn{ParameterKind::kLastSignIn, "include"};
constexpr auto kUserQuery = std::to_array<Parameter>({kLastSignIn});
constexpr auto kUserListQuery = std::to_array<Parameter>({kLimit, {ParameterKind::kUserName, "after"}, kLastSignIn});
constexpr auto kRevocationQuery = std::to_array<Parameter>({{ParameterKind::kWait, "wait"}});
constexpr auto kAuditQuery = std::to_array<Parameter>({kLimit, {ParameterKind::kEventId, "before"}});

constexpr auto kRoutes = std::to_array<ApiRoute>({
    {.method = "GET",
     .pattern = "/whoami",
     .required_auth = Auth::kAny,
     .handler = bind<&whoami>(),
     .sync_handler = bind<&whoami_sync>(),
     .success = {.view = View::kWhoami},
     .id = "whoami",
     .summary = "Returns who the credential belongs to"},
    {.method = "POST",
     .pattern = "/token",
     .required_auth = Auth::kPassword,
     .handler = bind<&mint_token>(),
     .accepts = {.query = kMintQuery, .body = kMintFields},
     .success = {.view = View::kMinted, .status = 201, .headers = "Location"},
     .errors = "bad_description forbidden unknown_user too_many_tokens rate_limited storage_full",
     .id = "mintToken",
     .summary = "Mints a token"},
    {.method = "GET",
     .pattern = "/token",
     .required_auth = Auth::kPassword,
     .handler = bind<&list_tokens>(),
     .accepts = {.query = kTokenListQuery},
     .success = {.view = View::kTokenList, .headers = "Link"},
     .errors = "bad_life forbidden no_tokens unknown_user",
     .id = "listTokens",
     .summary = "Lists tokens, oldest first"},
    {.method = "GET",
     .pattern = "/token/{id}",
     .required_auth = Auth::kPassword,
     .handler = bind<&show_token>(),
     .accepts = {.query = kTokenQuery},
     .success = {.view = View::kToken},
     .id = "showToken",
     .summary = "Shows a token"},
    {.method = "PATCH",
     .pattern = "/token/{id}",
     .required_auth = Auth::kPassword,
     .handler = bind<&edit_token>(),
     .accepts = {.query = kTokenQuery, .body = kTokenEditFields},
     .success = {.view = View::kToken},
     .errors = "bad_description rate_limited storage_full",
     .id = "editToken",
     .summary = "Changes a token"},
    {.method = "DELETE",
     .pattern = "/token/{id}",
     .required_auth = Auth::kPassword,
     .handler = bind<&delete_token>(),
     .accepts = {.query = kRevocationQuery},
     .success = {.view = View::kRevocation},
     .other_success = Success{.view = View::kPendingRevocation, .status = 202},
     .errors = "storage_full",
     .id = "deleteToken",
     .summary = "Revokes a token"},
    {.method = "POST",
     .pattern = "/token/{id}/renew",
     .required_auth = Auth::kPassword,
     .handler = bind<&renew_token>(),
     .accepts = {.body = kRenewFields, .is_body_optional = true},
     .success = {.view = View::kMinted, .status = 201, .headers = "Location"},
     .errors = "bad_description forbidden too_many_tokens already_renewed rate_limited storage_full",
     .id = "renewToken",
     .summary = "Replaces a token by a new one"},
    {.method = "POST",
     .pattern = "/preview",
     .required_auth = Auth::kPassword,
     .handler = bind<&preview>(),
     .accepts = {.query = kPreviewQuery, .body = kPreviewFields},
     .success = {.view = View::kPreview},
     .errors = "bad_path unknown_user",
     .id = "preview",
     .summary = "Returns what lifetime and access a token would have"},
    {.method = "POST",
     .pattern = "/introspect",
     .required_auth = Auth::kIntrospector,
     .handler = bind<&introspect>(),
     .accepts = {.form = kIntrospectForm},
     .success = {.view = View::kIntrospection},
     .id = "introspect",
     .summary = "Returns whether a token is active (RFC 7662)"},
    {.method = "POST",
     .pattern = "/revoke",
     .required_auth = Auth::kRevoker,
     .handler = bind<&revoke>(),
     .accepts = {.form = kRevokeForm},
     .success = {.view = View::kEmptyObject},
     .errors = "forbidden storage_full",
     .id = "revoke",
     .summary = "Revokes the token in the form (RFC 7009)"},
    {.method = "GET",
     .pattern = "/users",
     .required_auth = Auth::kAdmin,
     .handler = bind<&list_users>(),
     .accepts = {.query = kUserListQuery},
     .success = {.view = View::kUserList, .headers = "Link"},
     .id = "listUsers",
     .summary = "Lists the users"},
    {.method = "POST",
     .pattern = "/users",
     .required_auth = Auth::kAdmin,
     .handler = bind<&add_user>(),
     .accepts = {.body = kNewUserFields},
     .success = {.view = View::kUser, .status = 201, .headers = "Location"},
     .errors = "bad_username bad_password user_exists storage_full",
     .id = "addUser",
     .summary = "Adds a user, or a service account if there is no password"},
    {.method = "GET",
     .pattern = "/users/{name}",
     .required_auth = Auth::kAdminOrSelf,
     .handler = bind<&show_user>(),
     .accepts = {.query = kUserQuery},
     .success = {.view = View::kUser},
     .id = "showUser",
     .summary = "Shows a user"},
    {.method = "PATCH",
     .pattern = "/users/{name}",
     .required_auth = Auth::kAdmin,
     .handler = bind<&edit_user>(),
     .accepts = {.body = kUserEditFields},
     .success = {.view = View::kUser},
     .errors = "last_admin storage_full",
     .id = "editUser",
     .summary = "Changes a user"},
    {.method = "DELETE",
     .pattern = "/users/{name}",
     .required_auth = Auth::kAdmin,
     .handler = bind<&delete_user>(),
     .success = {.message = kUserDeleted},
     .errors = "last_admin storage_full",
     .id = "deleteUser",
     .summary = "Deletes a user with all tokens"},
    {.method = "PUT",
     .pattern = "/users/{name}/password",
     .required_auth = Auth::kAdminOrSelf,
     .handler = bind<&set_password>(),
     .accepts = {.body = kPasswordFields},
     .success = {.message = kPasswordChanged},
     .errors = "bad_password rate_limited storage_full",
     .id = "setPassword",
     .summary = "Sets a password"},
    {.method = "DELETE",
     .pattern = "/users/{name}/tokens",
     .required_auth = Auth::kAdminOrSelf,
     .handler = bind<&delete_tokens_of_user>(),
     .accepts = {.query = kRevocationQuery},
     .success = {.view = View::kTokensRevocation},
     .other_success = Success{.view = View::kPendingTokensRevocation, .status = 202},
     .errors = "storage_full",
     .id = "deleteTokensOfUser",
     .summary = "Revokes all tokens of a user"},
    {.method = "DELETE",
     .pattern = "/users/{name}/sessions",
     .required_auth = Auth::kAdminOrSelf,
     .handler = bind<&end_sessions_of_user>(),
     .success = {.message = kSignedOutEverywhere},
     .needs_ui = true,
     .errors = "storage_full",
     .id = "signOutUser",
     .summary = "Ends all sessions of a user"},
    {.method = "POST",
     .pattern = "/session",
     .required_auth = Auth::kSignIn,
     .handler = bind<&sign_in>(),
     .accepts = {.body = kSignInFields},
     .success = {.view = View::kSession, .status = 201, .headers = "Set-Cookie"},
     .needs_ui = true,
     .id = "signIn",
     .summary = "Starts a session of the web UI"},
    {.method = "GET",
     .pattern = "/session",
     .required_auth = Auth::kSession,
     .handler = bind<&show_session>(),
     .success = {.view = View::kSession},
     .needs_ui = true,
     .id = "showSession",
     .summary = "Shows the session"},
    {.method = "DELETE",
     .pattern = "/session",
     .required_auth = Auth::kSession,
     .handler = bind<&sign_out>(),
     .success = {.headers = "Set-Cookie", .message = kSignedOut},
     .needs_ui = true,
     .id = "signOut",
     .summary = "Ends the session"},
    {.method = "GET",
     .pattern = "/presets",
     .required_auth = Auth::kPassword,
     .handler = bind<&list_presets>(),
     .success = {.view = View::kPresetList},
     .id = "listPresets",
     .summary = "Lists the presets: named lists of grants for new tokens"},
    {.method = "GET",
     .pattern = "/sessions",
     .required_auth = Auth::kPassword,
     .handler = bind<&list_sessions>(),
     .success = {.view = View::kSessionList},
     .needs_ui = true,
     .id = "listSessions",
     .summary = "Lists the caller's sessions of the web UI, oldest first"},
    {.method = "DELETE",
     .pattern = "/sessions",
     .required_auth = Auth::kPassword,
     .handler = bind<&end_sessions>(),
     .success = {.headers = "Set-Cookie", .message = kSignedOutEverywhere},
     .needs_ui = true,
     .errors = "storage_full",
     .id = "signOutEverywhere",
     .summary = "Ends all of the caller's sessions"},
    {.method = "DELETE",
     .pattern = "/sessions/{session}",
     .required_auth = Auth::kPassword,
     .handler = bind<&end_session>(),
     .success = {.message = kSignedOut},
     .needs_ui = true,
     .errors = "storage_full",
     .id = "endSession",
     .summary = "Ends one of the caller's sessions"},
    {.method = "GET",
     .pattern = "/server",
     .required_auth = Auth::kAdmin,
     .handler = bind<&show_server>(),
     .success = {.view = View::kServer},
     .id = "showServer",
     .summary = "Describes the server"},
    {.method = "GET",
     .pattern = "/audit",
     .required_auth = Auth::kAdmin,
     .handler = bind<&list_audit_events>(),
     .accepts = {.query = kAuditQuery},
     .success = {.view = View::kEventList, .headers = "Link"},
     .id = "listAuditEvents",
     .summary = "Lists changes and sign-ins, newest first"},
    {.method = "GET",
     .pattern = "/healthz/liveness",
     .required_auth = Auth::kNone,
     .handler = bind<&liveness>(),
     .success = {.message = kAlive},
     .id = "liveness",
     .summary = "Returns whether the server runs"},
    {.method = "GET",
     .pattern = "/healthz/readyness",
     .required_auth = Auth::kNone,
     .handler = bind<&readiness>(),
     .success = {.message = kReady},
     .id = "readyness",
     .summary = "Returns whether the server is ready, under Specter's name"},
    {.method = "GET",
     .pattern = "/healthz/readiness",
     .required_auth = Auth::kNone,
     .handler = bind<&readiness>(),
     .success = {.message = kReady},
     .id = "readiness",
     .summary = "Returns whether the server is ready"},
    {.method = "GET",
     .pattern = kOpenApiPath,
     .required_auth = Auth::kNone,
     .handler = bind<&show_openapi>(),
     .success = {.view = View::kOpenApi},
     .id = "showOpenApi",
     .summary = "Returns this document"},
});

}  // namespace

std::span<ApiRoute const> all_routes() noexcept { return kRoutes; }

Match find_call(std::string_view method, std::string_view path, bool has_ui) {
    auto found = match(kRoutes, method, path);
    if (found.kind == Match::Kind::kNotFound && has_ui && is_ui_path(path)) found.kind = Match::Kind::kUi;
    return found;
}

}  // namespace warder::api
