// SPDX-License-Identifier: MIT
// The calls defined by standards: introspection (RFC 7662) and revocation (RFC 7009).
#include "api/denials.hpp"
#include "api/handlers.hpp"
#include "auth/authorization_header.hpp"
#include "auth/credential.hpp"
#include "auth/errors.hpp"
#include "auth/hypothetical_request.hpp"
#include "core/claims.hpp"
#include "core/jws.hpp"
#include "core/text/base64url.hpp"
#include "core/text/json_writer.hpp"
#include "net/await_call.hpp"

#include <memory>
#include <span>

namespace warder::api {
namespace {

using authority::Error;
using authority::Result;

// `token_type_hint` may be ignored (RFC 7662 §2.1, RFC 7009 §2.1), since there is only one type.
constexpr std::string_view kIntrospectFields = "token token_type_hint method uri";
constexpr std::string_view kRevokeFields = "token token_type_hint";

std::expected<Query, http::Response> read_form(Call const& call, std::string_view fields) {
    if (call.request.body.starts_with('{'))
        return std::unexpected(auth::error_response(
            400, "bad_field", "The body must be a form (application/x-www-form-urlencoded) such as \"token=eyJ...\", not JSON."));
    auto form = Query::read(call.request.body, fields, "form field");
    if (form && !form->find("token")) return std::unexpected(auth::error_response(400, "bad_field", "The form field \"token\" is missing."));
    return form;
}

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
bool is_active_for(authority::VerifiedToken const& token, Query const& form) {
    if (!token.is_scoped()) return true;
    auto const method = form.find("method");
    auto const uri = form.find("uri");
    if (!method || !uri) return false;
    auto const requested = auth::HypotheticalRequest::read(*method, *uri);
    RpcMethods const no_methods{std::span<std::string_view const>{}};
    return requested && auth::authorize(token.scope(), requested->access(&no_methods));
}

http::Response active(authority::VerifiedToken const& token) {
    http::Response response;
    core::JsonObject{response.body}
        .flag("active", true)
        .text("username", token.username)
        .integer("exp", token.ends_at.time_since_epoch().count())
        .integer("iat", token.issued_at.time_since_epoch().count())
        .text("jti", token.id.text())
        .grants_if_any("endpoints", token.endpoints)
        .grants_if_any("ceiling", token.ceiling)
        .close();
    return response;
}

/// Returns the id of a token that is valid, except that its time has not come yet.
TokenId id_in(std::string_view token, authority::VerifierScratch& scratch) {
    auto const halves = std::span{scratch.bytes};
    auto const payload = core::decode_base64url(core::split_jws(token)->payload, halves.first(halves.size() / 2));
    return core::read_claims(*payload, halves.last(halves.size() / 2))->id;
}

}  // namespace

/// POST /introspect: reports whether a token is active. For callers that must not know, every token is inactive.
net::Task<HandlerResult> introspect(auth::Services const& services, Call const& call) {
    auto const form = read_form(call, kIntrospectFields);
    if (!form) co_return form.error();
    auto const scratch = std::make_unique<authority::VerifierScratch>();
    auto const token = services.verifier.verify(*form->find("token"), *scratch);
    bool const may_ask = call.token || call.principal->is_admin || (token && token->owner == call.principal->id);
    if (!token || !may_ask || !is_active_for(*token, *form)) co_return inactive();
    co_return active(*token);
}

/// POST /revoke: revokes a token. Its owner, an administrator and the token itself may do so. An invalid token counts as
/// revoked, unless it is only invalid because its time has not come yet.
net::Task<HandlerResult> revoke(auth::Services const& services, Call const& call) {
    auto const form = read_form(call, kRevokeFields);
    if (!form) co_return form.error();
    auto const text = *form->find("token");
    if (call.token && text != call.token_text) co_return deny(call, {.reason = auth::DenialReason::kPasswordRequired});  // it may only revoke itself

    auto const scratch = std::make_unique<authority::VerifierScratch>();
    auto const token = services.verifier.verify(text, *scratch);
    bool const is_early = !token && token.error() == authority::TokenError::kFromTheFuture;
    if (!token && !is_early) co_return nothing();
    if (token && !call.token && !call.principal->is_admin && token->owner != call.principal->id)
        co_return std::unexpected{Failure{Error::kForbidden}};

    auto const id = token ? token->id : id_in(text, *scratch);
    // A token that revokes itself acts for its user.
    auto const principal = call.principal ? *call.principal
                                          : authority::Principal{.id = token->owner,
                                                                 .name = std::string{token->username},
                                                                 .is_admin = false,
                                                                 .is_operator = false,
                                                                 .address = address_text(call.address.full)};
    auto const revoked = co_await net::await_call<&authority::Authority::revoke>(services.authority, principal, id);
    if (revoked) co_return nothing();
    // The token was registered when it was verified, so it was revoked in the meantime, or it is an early token of another
    // user.
    if (revoked.error() == Error::kTokenNotFound && !is_early) co_return nothing();
    if (revoked.error() == Error::kTokenNotFound) co_return std::unexpected{Failure{Error::kForbidden}};
    co_return auth::error_response(revoked.error());
}

}  // namespace warder::api
