// SPDX-License-Identifier: MIT
#include "api/denials.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/remaining_lifetime.hpp"
#include "api/openapi/openapi.hpp"
#include "api/views.hpp"
#include "auth/authorization_header.hpp"
#include "auth/errors.hpp"
#include "core/text/json_writer.hpp"
#include "core/text/times.hpp"
#include "core/token_policy.hpp"
#include "core/try.hpp"
#include "index/token_limits.hpp"
#include "net/await_call.hpp"
#include "warder/authority.hpp"

#include <chrono>
#include <cstdint>

namespace warder::api {
namespace {

std::size_t length_of(GrantList const* grants) noexcept {
    std::size_t length = 0;
    if (grants != nullptr)
        for (auto const& grant : grants->grants()) length += grant.text().size() + 16;  // quotes, commas, the key
    return length;
}

/// GET /whoami with a token.
/// @param limits  null if nothing limits the token.
http::Response describe_token(Clock const& clock, Call const& call, std::string_view description, index::TokenLimits const* limits) {
    auto const& token = *call.principal.token;
    auto const* const ceiling = limits == nullptr ? nullptr : limits->ceiling();
    auto const id = token.id.chars();
    http::Response response;
    response.body.reserve(192 + token.username.size() + description.size() + length_of(limits == nullptr ? nullptr : limits->endpoints()) +
                          length_of(ceiling));
    core::JsonObject object{response.body};
    object.text("username", token.username)
        .flag("is_admin", token.is_admin)
        .text("jwt_token_id", {id.data(), id.size()})
        .text("jwt_token_description", description)
        .seconds("jwt_token_life_remaining", remaining_lifetime(token.ends_at, clock));
    if (limits != nullptr && limits->policy() != nullptr) core::append_policy(object, *limits->policy());
    object.grants_if_any("ceiling", ceiling).close();
    return response;
}

/// GET /whoami with a token that is limited now, or was when the token was verified.
http::Response describe_limited_token(authority::Verifier const& verifier, Clock const& clock, Call const& call, std::string_view description) {
    auto const limits = verifier.limits(*call.principal.token);
    if (!limits) return deny(call, {.reason = auth::DenialReason::kRevoked});
    auto const* const policy = limits->policy();
    // The token was disabled in the meantime.
    if (policy != nullptr && !policy->is_enabled) return deny(call, {.reason = auth::DenialReason::kDisabled});
    return describe_token(clock, call, description, &*limits);
}

/// GET /whoami with a token whose description was changed: the token has the original one, the store the current one.
net::Task<HandlerResult> describe_edited_token(authority::Authority& authority, authority::Verifier const& verifier, Clock const& clock,
                                               Call const& call) {
    auto const& token = *call.principal.token;
    authority::Principal const owner{.id = token.owner, .name = std::string{token.username}};
    auto const found = co_await net::await_call<&authority::Authority::show>(authority, owner, token.id);
    // The token was revoked in the meantime, so it is no longer valid.
    if (!found && found.error() == authority::Error::kTokenNotFound) co_return deny(call, {.reason = auth::DenialReason::kRevoked});
    if (!found) co_return std::unexpected{found.error()};
    co_return describe_limited_token(verifier, clock, call, found->record.description);
}

}  // namespace

std::optional<http::Response> whoami_sync(authority::Verifier const& verifier, Clock const& clock, Call const& call) {
    if (!call.principal.token) {
        http::Response response;
        core::JsonObject{response.body}.text("username", call.user().name).flag("is_admin", call.user().is_admin).close();
        return response;
    }
    auto const& token = *call.principal.token;
    if (token.is_edited) return std::nullopt;
    // Looking up limits that don't exist would cost as much as finding the token did.
    if (!token.is_scoped && !token.is_restricted) return describe_token(clock, call, call.principal.description, nullptr);
    return describe_limited_token(verifier, clock, call, call.principal.description);
}

net::Task<HandlerResult> whoami(authority::Authority& authority, authority::Verifier const& verifier, Clock const& clock, Call const& call) {
    if (auto response = whoami_sync(verifier, clock, call)) co_return std::move(*response);
    co_return co_await describe_edited_token(authority, verifier, clock, call);
}

/// GET /presets: lists the presets in the order in which they are offered.
net::Task<HandlerResult> list_presets(authority::PresetCatalog const& presets) {
    http::Response response;
    response.body = view_of(*presets.current());
    co_return response;
}

/// GET /server: describes the server.
net::Task<HandlerResult> show_server(authority::Authority& authority, auth::ServerInfo const& info) {
    WARDER_CO_TRY(auto const users, co_await net::await_call<&authority::Authority::list_users>(authority));
    std::int64_t tokens = 0;
    for (auto const& user : users) tokens += user.token_count;
    http::Response response;
    core::JsonObject{response.body}
        .text("version", info.version)
        .text("started_at", core::rfc3339(std::chrono::floor<std::chrono::seconds>(info.started_at)))
        .text("store", info.store)
        .integer("tokens", tokens)
        .close();
    co_return response;
}

net::Task<HandlerResult> liveness() { co_return auth::message(kAlive); }

net::Task<HandlerResult> readiness(authority::Authority& authority, authority::Verifier const& verifier, Call const& call) {
    if (call.is_draining) co_return auth::temporary_error(503, "unavailable", "The server is shutting down.", std::chrono::seconds{10});
    if (!authority.is_store_available())
        co_return auth::temporary_error(503, "unavailable", "The store can't be written; the server's log says why.", std::chrono::seconds{10});
    if (verifier.is_stale())
        co_return auth::temporary_error(503, "unavailable", "The server has lost contact with its database; the server's log says why.",
                                        std::chrono::seconds{1});
    co_return auth::message(kReady);
}

/// GET /openapi.json: describes this API.
net::Task<HandlerResult> show_openapi() {
    http::Response response;
    response.body = openapi_document();
    co_return response;
}

}  // namespace warder::api
