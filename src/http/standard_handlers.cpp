// SPDX-License-Identifier: MIT
// The calls that other programs know from the standards: introspection (RFC 7662) and revocation (RFC 7009).
#include "http/ask.hpp"
#include "http/errors.hpp"
#include "http/handlers.hpp"
#include "http/json_text.hpp"
#include "http/request_in_question.hpp"

#include <memory>

namespace warder::http {
namespace {

using authority::Error;
using authority::Result;

// `token_type_hint` may be ignored (RFC 7662 §2.1, RFC 7009 §2.1): there is one type.
constexpr std::string_view kIntrospectFields = "token token_type_hint method uri";
constexpr std::string_view kRevokeFields = "token token_type_hint";

std::expected<Query, Response> read_form(Call const& call, std::string_view fields) {
    auto form = Query::read(call.request.body, fields, "form field");
    if (form && !form->find("token")) return std::unexpected(refuse(400, "bad_field", "The form field \"token\" is missing."));
    return form;
}

Response inactive() {
    Response response;
    JsonObject{response.body}.flag("active", false).close();
    return response;
}

Response nothing() {
    Response response;
    JsonObject{response.body}.close();
    return response;
}

/// A limited token is active for a request that it covers and for nothing else.
bool is_active_for(authority::VerifiedToken const& token, Query const& form) {
    if (!token.is_limited()) return true;
    auto const method = form.find("method");
    auto const uri = form.find("uri");
    if (!method || !uri) return false;
    auto const asked = RequestInQuestion::read(*method, *uri);
    return asked && token.covers(asked->ask({}));
}

Response active(authority::VerifiedToken const& token) {
    Response response;
    JsonObject{response.body}
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

}  // namespace

/// POST /introspect: whether a token is good, for those who may ask; to others every token is inactive.
Task<Response> introspect(Services const& services, Call const& call) {
    auto const form = read_form(call, kIntrospectFields);
    if (!form) co_return form.error();
    auto const scratch = std::make_unique<authority::VerifierScratch>();
    auto const token = services.verifier.verify(*form->find("token"), *scratch);
    bool const may_ask = call.token || call.caller->is_admin || (token && token->owner == call.caller->id);
    if (!token || !may_ask || !is_active_for(*token, *form)) co_return inactive();
    co_return active(*token);
}

/// POST /revoke: ends a token, by its owner, an administrator or itself. One that is no good anyway is ended already.
Task<Response> revoke(Services const& services, Call const& call) {
    auto const form = read_form(call, kRevokeFields);
    if (!form) co_return form.error();
    auto const text = *form->find("token");
    if (call.token && text != call.token_text)
        co_return refuse_unauthorized({.takes_bearer = true, .complaint = TokenComplaint::kNone});  // it may end itself alone

    auto const scratch = std::make_unique<authority::VerifierScratch>();
    auto const token = services.verifier.verify(text, *scratch);
    if (!token) co_return nothing();
    if (!call.token && !call.caller->is_admin && token->owner != call.caller->id) co_return refuse(Error::kForbidden);

    authority::Caller const owner{.id = token->owner, .name = std::string{token->username}};
    auto start = [&, id = token->id](authority::Done<void> done) { services.authority.revoke(owner, id, std::move(done)); };
    auto const revoked = co_await ask<Result<void>>(start);
    if (!revoked && revoked.error() != Error::kTokenNotFound) co_return refuse(revoked.error());
    co_return nothing();
}

}  // namespace warder::http
