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

/// Returns who revokes a token. One that revokes itself acts for its user.
net::Task<Result<authority::Principal>> find_revoker(authority::Authority& authority, Call const& call) {
    if (call.principal.user) co_return call.user();
    authority::Principal owner;
    owner.address = address_text(call.address.full);
    if (auto const& token = call.principal.token) {
        owner.id = token->owner;
        owner.name = token->username;
        co_return owner;
    }
    auto const user = co_await net::await_call<&authority::Authority::show_user>(authority, call.principal.disabled_token->username);
    if (!user) co_return std::unexpected(user.error());
    owner.id = user->id;
    owner.name = user->name;
    co_return owner;
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

/// POST /revoke: revokes a token. Its owner, an administrator and the token itself may do so, the token also if it is
/// disabled, beyond its rate limit, or used from an address that its policy excludes: to refuse that would protect nobody
/// but who stole it. An invalid token counts as revoked, unless it is only paused, or its time has not come yet.
net::Task<HandlerResult> revoke(authority::Authority& authority, authority::Verifier const& verifier, Call const& call) {
    auto form = read_form(call);
    bool const is_itself = form && call.principal.is_token() && *form->find("token") == call.principal.token_text();
    if (call.principal.restriction && !is_itself) co_return deny(call, *call.principal.restriction);
    if (!form) co_return std::unexpected(std::move(form).error());
    if (call.principal.is_token() && !is_itself) co_return deny(call, {.reason = auth::DenialReason::kPasswordRequired});

    auto const text = *form->find("token");
    auto const token = verifier.verify(text);
    if (!token && token.error() == authority::TokenError::kStaleIndex) co_return deny(call, {.reason = auth::DenialReason::kStaleIndex});
    // A token that can be used again later must not survive.
    bool const is_suspended = !token && (token.error() == authority::TokenError::kFromTheFuture || token.error() == authority::TokenError::kDisabled);
    auto const suspended = is_suspended ? verifier.identify(text) : std::nullopt;
    if (!token && !suspended) co_return nothing();
    if (token && !is_itself && !call.user().is_admin && token->owner != call.user().id) co_return std::unexpected(Error::kForbidden);

    auto const id = token ? token->id : suspended->id;
    auto const principal = co_await find_revoker(authority, call);
    if (!principal && principal.error() == Error::kUserNotFound) co_return nothing();  // the token ended with its user
    if (!principal) co_return std::unexpected(principal.error());
    auto const revoked = co_await net::await_call<&authority::Authority::revoke>(authority, *principal, id);
    if (revoked) co_return nothing();
    // The token was registered when it was verified, so it was revoked in the meantime, or it is a suspended token of
    // another user.
    if (revoked.error() == Error::kTokenNotFound && !suspended) co_return nothing();
    if (revoked.error() == Error::kTokenNotFound) co_return std::unexpected(Error::kForbidden);
    co_return std::unexpected(revoked.error());
}

}  // namespace warder::api
