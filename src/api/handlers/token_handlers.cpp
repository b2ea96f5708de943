// SPDX-License-Identifier: MIT
#include "api/body.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/token_list.hpp"
#include "api/handlers/user_in_path.hpp"
#include "api/policy_keys.hpp"
#include "api/router.hpp"
#include "api/views.hpp"
#include "auth/errors.hpp"
#include "core/plain_seconds.hpp"
#include "core/try.hpp"
#include "http/text.hpp"
#include "net/await_call.hpp"
#include "warder/ports.hpp"

#include <chrono>

namespace warder::api {
namespace {

using authority::Error;
using authority::MintedToken;
using authority::OwnedToken;
using authority::Result;

http::Response created(Call const& call, MintedToken const& minted) {
    http::Response response;
    response.status = call.route->success.status;
    response.body = view_of(minted);
    response.add("Location", std::string{call.base} + "/token/" + minted.record.id.text());
    return response;
}

http::Response token_response(Clock const& clock, OwnedToken const& token, UsageKeys usage) {
    http::Response response;
    response.body = view_of(token.record, clock, usage);
    return response;
}

/// Returns the keys that `include=usage` in the query asks for.
UsageKeys usage_keys(Call const& call) { return call.query.find("include") ? UsageKeys::kCurrent : UsageKeys::kNone; }

/// Malformed, unknown and foreign ids all get the same 404, so that ids can't be probed.
Result<TokenId> id_in_path(Call const& call) {
    auto const id = TokenId::parse(call.captured);
    return id ? Result<TokenId>{*id} : std::unexpected{Error::kTokenNotFound};
}

std::expected<authority::ListRequest, Failure> read_list_request(Call const& call) {
    authority::ListRequest request;
    if (auto const user = call.query.find("user")) {
        if (!call.user().is_admin) return std::unexpected{Failure{Error::kForbidden}};
        if (*user == "*") {
            request.owner = authority::AllUsers{};
            request.limit = kMaxPage;
        } else {
            request.owner = std::string{*user};
        }
    }
    if (auto const limit = call.query.number("limit")) request.limit = static_cast<std::uint32_t>(*limit);
    if (auto const after = call.query.find("after")) {
        request.after = TokenId::parse(*after);
        if (!request.after) return std::unexpected(auth::error_response(Error::kUnknownCursor));
    }
    return request;
}

/// Reads a duration in the query; a number without a unit is seconds.
std::expected<std::optional<Seconds>, http::Response> read_duration_in_query(Call const& call, std::string_view name) {
    auto const text = call.query.find(name);
    if (!text) return std::optional<Seconds>{};
    auto const duration = core::read_duration_or_seconds(*text);
    if (duration && *duration >= Seconds{0} && text->size() <= kMaxLifetimeText) return std::optional{*duration};
    return std::unexpected(auth::error_response(400, "bad_life",
                                                "The duration \"" + http::quote_for_message(*text) + "\" of the query parameter \"" +
                                                    std::string{name} + R"(" is not valid. Examples: "14 days", "2 weeks", "3 months".)"));
}

std::expected<authority::TokenFilter, Failure> read_token_filter(authority::Authority const& authority, Call const& call) {
    authority::TokenFilter filter;
    WARDER_TRY(filter.expires_within, read_duration_in_query(call, kExpiresWithin));
    WARDER_TRY(filter.unused_for, read_duration_in_query(call, kUnusedFor));
    if (filter.unused_for && !authority.keeps_uses()) return std::unexpected{Failure{Error::kNotSupportedByStore}};
    return filter;
}

std::expected<authority::RenewRequest, http::Response> read_renew_request(authority::Authority const& authority, Call const& call) {
    WARDER_TRY(auto const input, read_input(call));
    authority::RenewRequest request;
    if (input.has(kLifetimeKey)) {
        WARDER_TRY(request.lifetime, input.lifetime(kLifetimeKey, authority.settings().max_lifetime));
    }
    if (input.has(kOverlapKey)) {
        WARDER_TRY(auto const overlap, input.span(kOverlapKey));
        // A longer overlap makes no difference, since it ends with the token and no token lives for centuries.
        if (overlap > Seconds{0}) request.overlap = std::min<Seconds>(overlap, std::chrono::years{500});
    }
    return request;
}

}  // namespace

/// POST /token: mints a token for the caller or, for an administrator, for another user.
net::Task<HandlerResult> mint_token(authority::Authority& authority, Call const& call) {
    auto const owner = call.query.find("user");
    if (owner && !call.user().is_admin) co_return std::unexpected(Error::kForbidden);
    WARDER_CO_TRY(auto const input, read_input(call));
    WARDER_CO_TRY(auto const lifetime, input.lifetime(kLifetimeKey, authority.settings().max_lifetime));
    WARDER_CO_TRY(auto const policy, read_policy(input));
    authority::MintRequest request{.description = *input.text(kDescriptionKey), .lifetime = lifetime, .policy = policy.applied_to({})};
    if (owner) {
        std::string name{*owner};
        WARDER_CO_TRY(auto const minted,
                      co_await net::await_call<&authority::Authority::mint_for>(authority, call.user(), std::move(name), std::move(request)));
        co_return created(call, minted);
    }
    WARDER_CO_TRY(auto const minted, co_await net::await_call<&authority::Authority::mint>(authority, call.user(), std::move(request)));
    co_return created(call, minted);
}

/// GET /token: lists the caller's tokens or, for an administrator, those of one user or of all users.
net::Task<HandlerResult> list_tokens(authority::Authority& authority, Clock const& clock, Call const& call) {
    WARDER_CO_TRY(auto const request, read_list_request(call));
    WARDER_CO_TRY(auto const filter, read_token_filter(authority, call));
    auto response = co_await answer_token_list(authority, clock, call, request, filter, usage_keys(call));
    co_return response;
}

/// GET /token/{id}
net::Task<HandlerResult> show_token(authority::Authority& authority, Clock const& clock, Call const& call) {
    WARDER_CO_TRY(auto const id, id_in_path(call));
    WARDER_CO_TRY(auto const token, co_await net::await_call<&authority::Authority::show>(authority, call.user(), id));
    co_return token_response(clock, token, usage_keys(call));
}

/// PATCH /token/{id}: changes the description or the grants.
net::Task<HandlerResult> edit_token(authority::Authority& authority, Clock const& clock, Call const& call) {
    WARDER_CO_TRY(auto const id, id_in_path(call));
    WARDER_CO_TRY(auto const input, read_input(call));
    WARDER_CO_TRY(auto policy, read_policy(input));
    authority::TokenEdit edit{.description = input.text(kDescriptionKey), .policy = std::move(policy)};
    WARDER_CO_TRY(auto const token, co_await net::await_call<&authority::Authority::edit>(authority, call.user(), id, std::move(edit)));
    co_return token_response(clock, token, usage_keys(call));
}

/// DELETE /token/{id}: completes after the store has committed and the registry has dropped the token, so the 200 is a
/// promise; with `wait=all`, for all nodes.
net::Task<HandlerResult> delete_token(authority::Authority& authority, Call const& call) {
    WARDER_CO_TRY(auto const id, id_in_path(call));
    WARDER_CO_TRY_VOID(co_await net::await_call<&authority::Authority::revoke>(authority, call.user(), id));
    if (!call.query.find("wait")) co_return auth::message(kTokenDeleted);
    WARDER_CO_TRY(auto const propagation, co_await net::await_call<&authority::Authority::await_propagation>(authority, kLongestPropagation));
    http::Response response;
    response.status = propagation.is_complete ? 200 : 202;
    response.body = view_of_revocation(propagation);
    co_return response;
}

/// DELETE /users/{name}/tokens: revokes all tokens of a user, who stays.
net::Task<HandlerResult> delete_tokens_of_user(authority::Authority& authority, Call const& call) {
    WARDER_CO_TRY(auto const name, user_in_path(call));
    WARDER_CO_TRY(auto const count, co_await net::await_call<&authority::Authority::revoke_all>(authority, call.user(), name));
    http::Response response;
    if (!call.query.find("wait")) {
        response.body = view_of_revocations(count);
        co_return response;
    }
    WARDER_CO_TRY(auto const propagation, co_await net::await_call<&authority::Authority::await_propagation>(authority, kLongestPropagation));
    response.status = propagation.is_complete ? 200 : 202;
    response.body = view_of_revocations(count, &propagation);
    co_return response;
}

/// POST /token/{id}/renew: mints a successor with the same description.
net::Task<HandlerResult> renew_token(authority::Authority& authority, Call const& call) {
    WARDER_CO_TRY(auto const id, id_in_path(call));
    WARDER_CO_TRY(auto const request, read_renew_request(authority, call));
    WARDER_CO_TRY(auto const minted, co_await net::await_call<&authority::Authority::renew>(authority, call.user(), id, request));
    co_return created(call, minted);
}

}  // namespace warder::api
