// SPDX-License-Identifier: MIT
// The calls defined by standards: introspection (RFC 7662) and revocation (RFC 7009).
#include "api/body.hpp"
#include "api/denials.hpp"
#include "api/handlers/handlers.hpp"
#include "auth/authorization_header.hpp"
#include "auth/credential.hpp"
#include "auth/errors.hpp"
#include "auth/hypothetical_request.hpp"
#include "core/text/json_writer.hpp"
#include "core/try.hpp"
#include "index/token_limits.hpp"
#include "net/await_call.hpp"

namespace warder::api {
namespace {

using authority::Error;
using authority::Result;

http::Response inactive() {
    http::Response response;
    core::JsonObject{response.body}.flag("active", false).close();
    return response;
}

http::Response nothing() {
    http::Response response;
    core::JsonObject{response.body}.close();
    return response;
}

/// Returns whether the token is active for the request in the form. A scoped token is active only for a request that it covers.
bool is_active_for(Scope const& scope, Query const& form) {
    if (scope.endpoints == nullptr && scope.ceiling == nullptr) return true;
    auto const method = form.find("method");
    auto const uri = form.find("uri");
    if (!method || !uri) return false;
    auto const requested = auth::HypotheticalRequest::read(*method, *uri);
    RpcMethods const no_methods{std::span<std::string_view const>{}};
    return requested && auth::authorize(scope, requested->access(&no_methods));
}

http::Response active(authority::VerifiedToken const& token, Scope const& scope) {
    http::Response response;
    core::JsonObject{response.body}
        .flag("active", true)
        .text("username", token.username)
        .integer("exp", token.ends_at.time_since_epoch().count())
        .integer("iat", token.issued_at.time_since_epoch().count())
        .text("jti", token.id.text())
        .grants_if_any("endpoints", scope.endpoints)
        .grants_if_any("ceiling", scope.ceiling)
        .close();
    return response;
}

}  // namespace

/// POST /introspect: reports whether a token is active. For callers that must not know, every token is inactive.
net::Task<HandlerResult> introspect(authority::Verifier const& verifier, Call const& call) {
    WARDER_CO_TRY(auto const form, read_form(call));
    auto const token = verifier.verify(*form.find("token"));
    if (!token && token.error() == authority::TokenError::kStaleIndex) co_return deny(call, {.reason = auth::DenialReason::kStaleIndex});
    bool const may_ask = call.principal.token || call.user().is_admin || (token && token->owner == call.user().id);
    if (!token || !may_ask) co_return inactive();
    auto const limits = verifier.limits(*token);
    if (!limits || !is_active_for(limits->scope(), form)) co_return inactive();
    co_return active(*token, limits->scope());
}

/// POST /revoke: revokes a token. Its owner, an administrator and the token itself may do so. An invalid token counts as
/// revoked, unless it is only paused, or its time has not come yet.
net::Task<HandlerResult> revoke(authority::Authority& authority, authority::Verifier const& verifier, Call const& call) {
    WARDER_CO_TRY(auto const form, read_form(call));
    auto const text = *form.find("token");
    if (call.principal.token && text != call.principal.token_text())
        co_return deny(call, {.reason = auth::DenialReason::kPasswordRequired});  // it may only revoke itself

    auto const token = verifier.verify(text);
    if (!token && token.error() == authority::TokenError::kStaleIndex) co_return deny(call, {.reason = auth::DenialReason::kStaleIndex});
    // A token that can be used again later must not survive.
    bool const is_suspended = !token && (token.error() == authority::TokenError::kFromTheFuture || token.error() == authority::TokenError::kDisabled);
    auto const suspended = is_suspended ? verifier.identify(text) : std::nullopt;
    if (!token && !suspended) co_return nothing();
    if (token && !call.principal.token && !call.user().is_admin && token->owner != call.user().id) co_return std::unexpected(Error::kForbidden);

    auto const id = token ? token->id : suspended->id;
    // A token that revokes itself acts for its user.
    auto const principal = call.principal.user ? call.user()
                                               : authority::Principal{.id = call.principal.token->owner,
                                                                      .name = std::string{call.principal.token->username},
                                                                      .is_admin = false,
                                                                      .is_operator = false,
                                                                      .address = address_text(call.address.full)};
    auto const revoked = co_await net::await_call<&authority::Authority::revoke>(authority, principal, id);
    if (revoked) co_return nothing();
    // The token was registered when it was verified, so it was revoked in the meantime, or it is a suspended token of
    // another user.
    if (revoked.error() == Error::kTokenNotFound && !suspended) co_return nothing();
    if (revoked.error() == Error::kTokenNotFound) co_return std::unexpected(Error::kForbidden);
    co_return std::unexpected(revoked.error());
}

}  // namespace warder::api
