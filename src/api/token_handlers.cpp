// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"
#include "api/input.hpp"
#include "api/token_list.hpp"
#include "api/views.hpp"
#include "auth/errors.hpp"
#include "core/try.hpp"
#include "net/await_call.hpp"
#include "warder/ports.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace warder::api {
namespace {

using authority::Error;
using authority::MintedToken;
using authority::OwnedToken;
using authority::Result;
using Kind = InputField::Kind;

constexpr std::string_view kOverlap = "overlap";

constexpr auto kMintFields =
    std::to_array<InputField>({{Kind::kText, kDescriptionKey, true}, {Kind::kDuration, kLifetimeKey, true}, {Kind::kGrants, kEndpointsKey}});
constexpr auto kEditFields = std::to_array<InputField>({{Kind::kText, kDescriptionKey}, {Kind::kGrantsOrNull, kEndpointsKey}});
constexpr auto kRenewFields = std::to_array<InputField>({{Kind::kDuration, kLifetimeKey}, {Kind::kDuration, kOverlap}});

http::Response created(Call const& call, MintedToken const& minted) {
    http::Response response;
    response.status = 201;
    response.body = view_of(minted);
    response.add("Location", std::string{call.base} + "/token/" + minted.record.id.text());
    return response;
}

http::Response token_response(auth::Services const& services, OwnedToken const& token, UsageKeys usage) {
    http::Response response;
    response.body = view_of(token.record, services.clock, usage);
    return response;
}

http::Response bad_parameter(std::string_view message) { return auth::error_response(400, "bad_field", message); }

/// Returns the keys that `include=usage` in the query asks for.
/// @return a 400 if it has another `include`.
std::expected<UsageKeys, http::Response> usage_keys(Call const& call) {
    auto const include = call.query.find("include");
    if (include && *include != "usage") return std::unexpected(bad_parameter("The query parameter \"include\" must be \"usage\"."));
    return include ? UsageKeys::kCurrent : UsageKeys::kNone;
}

std::expected<authority::ListRequest, Failure> read_list_request(Call const& call) {
    authority::ListRequest request;
    if (auto const user = call.query.find("user")) {
        if (!call.principal->is_admin) return std::unexpected{Failure{Error::kForbidden}};
        if (*user == "*") {
            request.owner = authority::AllUsers{};
            request.limit = kMaxPage;
        } else {
            request.owner = std::string{*user};
        }
    }
    if (auto const limit = call.query.find("limit")) {
        std::uint32_t number = 0;
        auto const [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), number);
        if (error != std::errc{} || end != limit->data() + limit->size() || number < 1 || number > kMaxPage)
            return std::unexpected(bad_parameter("The query parameter \"limit\" must be an integer from 1 to 1000."));
        request.limit = number;
    }
    if (auto const after = call.query.find("after")) {
        request.after = TokenId::parse(*after);
        if (!request.after) return std::unexpected(auth::error_response(Error::kUnknownCursor));
    }
    return request;
}

std::expected<authority::RenewRequest, http::Response> read_renew_request(auth::Services const& services, Call const& call) {
    auto const body = call.request.body.empty() ? std::string_view{"{}"} : std::string_view{call.request.body};
    auto const input = Input::read(body, kRenewFields);
    if (!input) return std::unexpected(input.error());
    authority::RenewRequest request;
    if (input->has(kLifetimeKey)) {
        auto const lifetime = input->lifetime(kLifetimeKey, services.authority.settings().max_lifetime);
        if (!lifetime) return std::unexpected(lifetime.error());
        request.lifetime = *lifetime;
    }
    if (input->has(kOverlap)) {
        auto const overlap = input->span(kOverlap);
        if (!overlap) return std::unexpected(overlap.error());
        // A longer overlap makes no difference, since it ends with the token and no token lives for centuries.
        if (*overlap > Seconds{0}) request.overlap = std::min<Seconds>(*overlap, std::chrono::years{500});
    }
    return request;
}

}  // namespace

/// POST /token: mints a token for the caller.
net::Task<HandlerResult> mint_token(auth::Services const& services, Call const& call) {
    auto const input = Input::read(call.request.body, kMintFields);
    if (!input) co_return input.error();
    auto const lifetime = input->lifetime(kLifetimeKey, services.authority.settings().max_lifetime);
    if (!lifetime) co_return lifetime.error();
    WARDER_CO_TRY(auto endpoints, input->grants(kEndpointsKey));
    authority::MintRequest request{.description = *input->text(kDescriptionKey), .lifetime = *lifetime, .endpoints = std::move(endpoints)};
    WARDER_CO_TRY(auto const minted, co_await net::await_call<&authority::Authority::mint>(services.authority, *call.principal, std::move(request)));
    co_return created(call, minted);
}

/// GET /token: lists the caller's tokens or, for an administrator, those of one user or of all users.
net::Task<HandlerResult> list_tokens(auth::Services const& services, Call const& call) {
    WARDER_CO_TRY(auto const request, read_list_request(call));
    WARDER_CO_TRY(auto const usage, usage_keys(call));
    auto response = co_await answer_token_list(services, call, request, usage);
    co_return response;
}

/// GET /token/{id}. Malformed, unknown and foreign ids all get the same 404, so that ids can't be probed. The same
/// holds below.
net::Task<HandlerResult> show_token(auth::Services const& services, Call const& call) {
    auto const id = TokenId::parse(call.captured);
    if (!id) co_return std::unexpected(Error::kTokenNotFound);
    WARDER_CO_TRY(auto const usage, usage_keys(call));
    WARDER_CO_TRY(auto const token, co_await net::await_call<&authority::Authority::show>(services.authority, *call.principal, *id));
    co_return token_response(services, token, usage);
}

/// PATCH /token/{id}: changes the description or the grants.
net::Task<HandlerResult> edit_token(auth::Services const& services, Call const& call) {
    auto const id = TokenId::parse(call.captured);
    if (!id) co_return std::unexpected(Error::kTokenNotFound);
    WARDER_CO_TRY(auto const usage, usage_keys(call));
    WARDER_CO_TRY(auto const input, Input::read(call.request.body, kEditFields));
    WARDER_CO_TRY(auto endpoints, input.grants_if_named(kEndpointsKey));
    authority::TokenEdit edit{.description = input.text(kDescriptionKey), .endpoints = std::move(endpoints)};
    WARDER_CO_TRY(auto const token, co_await net::await_call<&authority::Authority::edit>(services.authority, *call.principal, *id, std::move(edit)));
    co_return token_response(services, token, usage);
}

/// DELETE /token/{id}: completes after the store has committed and the registry has dropped the token, so the 200 is a
/// promise.
net::Task<HandlerResult> delete_token(auth::Services const& services, Call const& call) {
    auto const id = TokenId::parse(call.captured);
    if (!id) co_return std::unexpected(Error::kTokenNotFound);
    WARDER_CO_TRY_VOID(co_await net::await_call<&authority::Authority::revoke>(services.authority, *call.principal, *id));
    co_return auth::message(kTokenDeleted);
}

/// POST /token/{id}/renew: mints a successor with the same description.
net::Task<HandlerResult> renew_token(auth::Services const& services, Call const& call) {
    auto const id = TokenId::parse(call.captured);
    if (!id) co_return std::unexpected(Error::kTokenNotFound);
    WARDER_CO_TRY(auto const request, read_renew_request(services, call));
    WARDER_CO_TRY(auto const minted, co_await net::await_call<&authority::Authority::renew>(services.authority, *call.principal, *id, request));
    co_return created(call, minted);
}

}  // namespace warder::api
