// SPDX-License-Identifier: MIT
#include "api/denials.hpp"
#include "api/handlers.hpp"
#include "api/remaining_lifetime.hpp"
#include "auth/authorization_header.hpp"
#include "auth/errors.hpp"
#include "core/text/json_writer.hpp"
#include "core/text/times.hpp"
#include "core/try.hpp"
#include "net/await_call.hpp"
#include "warder/authority.hpp"

#include <chrono>
#include <cstdint>

namespace warder::api {
namespace {

std::size_t length_of(Grants const& grants) noexcept {
    std::size_t length = 0;
    if (grants != nullptr)
        for (auto const& grant : grants->grants()) length += grant.text().size() + 16;  // quotes, commas, the key
    return length;
}

/// GET /whoami with a token. Allocates only the response.
http::Response describe_token(auth::Services const& services, authority::VerifiedToken const& token, std::string_view username,
                              std::string_view description) {
    auto const id = token.id.chars();
    http::Response response;
    response.body.reserve(192 + username.size() + description.size() + length_of(token.endpoints) + length_of(token.ceiling));
    core::JsonObject{response.body}
        .text("username", username)
        .flag("is_admin", token.is_admin)
        .text("jwt_token_id", {id.data(), id.size()})
        .text("jwt_token_description", description)
        .seconds("jwt_token_life_remaining", remaining_lifetime(token.ends_at, services.clock))
        .grants_if_any("endpoints", token.endpoints)
        .grants_if_any("ceiling", token.ceiling)
        .close();
    return response;
}

/// GET /whoami with a token whose description was changed: the token has the original one, the store the current one.
net::Task<http::Response> describe_edited_token(auth::Services const& services, Call const& call) {
    auto const token = *call.token;
    auto const username = std::string{token.username};  // the views are invalid after the first co_await
    authority::Principal const owner{.id = token.owner, .name = username};
    auto const found = co_await net::await_call<&authority::Authority::show>(services.authority, owner, token.id);
    // The token was revoked in the meantime, so it is no longer valid.
    if (!found && found.error() == authority::Error::kTokenNotFound) co_return deny(call, {.reason = auth::DenialReason::kRevoked});
    if (!found) co_return auth::error_response(found.error());
    co_return describe_token(services, token, username, found->record.description);
}

}  // namespace

std::optional<http::Response> whoami_sync(auth::Services const& services, Call const& call) {
    if (!call.token) {
        http::Response response;
        core::JsonObject{response.body}.text("username", call.principal->name).flag("is_admin", call.principal->is_admin).close();
        return response;
    }
    if (call.token->is_edited) return std::nullopt;
    return describe_token(services, *call.token, call.token->username, call.token->description);
}

net::Task<HandlerResult> whoami(auth::Services const& services, Call const& call) {
    if (auto response = whoami_sync(services, call)) co_return std::move(*response);
    co_return co_await describe_edited_token(services, call);
}

/// GET /server: describes the server.
net::Task<HandlerResult> show_server(auth::Services const& services, Call const&) {
    WARDER_CO_TRY(auto const users, co_await net::await_call<&authority::Authority::list_users>(services.authority));
    std::int64_t tokens = 0;
    for (auto const& user : users) tokens += user.token_count;
    http::Response response;
    core::JsonObject{response.body}
        .text("version", services.info.version)
        .text("started_at", core::rfc3339(std::chrono::floor<std::chrono::seconds>(services.info.started_at)))
        .text("store", services.info.store)
        .integer("tokens", tokens)
        .close();
    co_return response;
}

net::Task<HandlerResult> liveness(auth::Services const&, Call const&) { co_return auth::message("i am alive"); }

net::Task<HandlerResult> readiness(auth::Services const& services, Call const& call) {
    if (call.is_draining) co_return auth::temporary_error(503, "unavailable", "The server is shutting down.", std::chrono::seconds{10});
    if (!services.authority.is_store_available())
        co_return auth::temporary_error(503, "unavailable", "The store can't be written; the server's log says why.", std::chrono::seconds{10});
    co_return auth::message("i am ready");
}

}  // namespace warder::api
