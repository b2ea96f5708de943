// SPDX-License-Identifier: MIT
#include "http/ask.hpp"
#include "http/credentials.hpp"
#include "http/errors.hpp"
#include "http/handlers.hpp"
#include "http/json_text.hpp"
#include "http/times.hpp"

namespace warder::http {
namespace {

std::size_t length_of(Grants const& grants) noexcept {
    std::size_t length = 0;
    if (grants != nullptr)
        for (auto const& grant : grants->grants()) length += grant.text().size() + 16;  // quotes, commas, the key
    return length;
}

/// GET /whoami with a token: no allocation but the answer's.
Response describe_token(Services const& services, authority::VerifiedToken const& token, std::string_view username, std::string_view description) {
    auto const id = token.id.chars();
    Response response;
    response.body.reserve(192 + username.size() + description.size() + length_of(token.endpoints) + length_of(token.ceiling));
    JsonObject{response.body}
        .text("username", username)
        .flag("is_admin", token.is_admin)
        .text("jwt_token_id", {id.data(), id.size()})
        .text("jwt_token_description", description)
        .seconds("jwt_token_life_remaining", remaining_life(token.ends_at, services.clock))
        .grants_if_any("endpoints", token.endpoints)
        .grants_if_any("ceiling", token.ceiling)
        .close();
    return response;
}

/// The token's claim has the description that it was minted with; the store has the one that it was given since.
/// @param is_script  a script in a browser made the call: no Basic challenge.
Task<Response> describe_edited_token(Services const& services, authority::VerifiedToken token, bool is_script) {
    auto const username = std::string{token.username};  // the views die with the first co_await
    authority::Caller const owner{.id = token.owner, .name = username};
    auto start = [&](authority::Done<authority::OwnedToken> done) { services.authority.show(owner, token.id, std::move(done)); };
    auto const shown = co_await ask<authority::Result<authority::OwnedToken>>(start);
    // Deleted in the meantime: then it is no token any more.
    if (!shown && shown.error() == authority::Error::kTokenNotFound)
        co_return refuse_unauthorized({.takes_basic = true, .takes_bearer = true, .is_script = is_script, .complaint = TokenComplaint::kNotValid});
    if (!shown) co_return refuse(shown.error());
    co_return describe_token(services, token, username, shown->record.description);
}

}  // namespace

std::optional<Response> whoami_at_once(Services const& services, Call const& call) {
    if (!call.token) {
        Response response;
        JsonObject{response.body}.text("username", call.caller->name).flag("is_admin", call.caller->is_admin).close();
        return response;
    }
    if (call.token->is_edited) return std::nullopt;
    return describe_token(services, *call.token, call.token->username, call.token->description);
}

Task<Response> whoami(Services const& services, Call const& call) {
    if (auto response = whoami_at_once(services, call)) co_return std::move(*response);
    co_return co_await describe_edited_token(services, *call.token, is_from_page(call.request));
}

Task<Response> liveness(Services const&, Call const&) { co_return message("i am alive"); }

Task<Response> readiness(Services const& services, Call const& call) {
    if (call.is_draining) co_return refuse_for_now(503, "unavailable", "The server is stopping.", std::chrono::seconds{10});
    if (!services.authority.is_store_available())
        co_return refuse_for_now(503, "unavailable", "The store cannot be written; the log of the server says why.", std::chrono::seconds{10});
    co_return message("i am ready");
}

}  // namespace warder::http
