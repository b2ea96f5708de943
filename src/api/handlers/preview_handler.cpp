// SPDX-License-Identifier: MIT
#include "api/body.hpp"
#include "api/handlers/handlers.hpp"
#include "auth/credential.hpp"
#include "auth/errors.hpp"
#include "auth/hypothetical_request.hpp"
#include "core/text/json_writer.hpp"
#include "core/try.hpp"
#include "net/await_call.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <cmath>

namespace warder::api {
namespace {

using authority::Result;

/// Appends whether a token with this scope may make the request, by which of its own grants, and otherwise why not.
void append_decision(core::JsonObject& answer, Scope const& scope, AccessRequest const& access) {
    auto const authorized = auth::authorize(scope, access);
    auto const* const grant = authorized && scope.endpoints != nullptr ? scope.endpoints->covering(access) : nullptr;
    answer.flag("allowed", authorized.has_value());
    if (grant != nullptr) answer.text("grant", grant->text());
    else answer.null("grant");
    if (!authorized) answer.text("reason", code(authorized.error().reason));
}

std::optional<http::Response> reject_incomplete_request(Input const& input) {
    auto const has_rpc = input.has("rpc");
    if (input.has("method") && !input.has("uri")) return missing_field("uri");
    if ((input.has("uri") || has_rpc) && !input.has("method")) return missing_field("method");
    return std::nullopt;
}

void append_lifetime(core::JsonObject& answer, Seconds lifetime, Clock const& clock) {
    auto const exp =
        std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count() + static_cast<std::int64_t>(std::ceil(lifetime.count()));
    answer.number(kLifetimeKey, lifetime.count()).integer("exp", exp);
}

}  // namespace

/// POST /preview: returns what lifetime and access a token would have. Changes nothing.
net::Task<HandlerResult> preview(authority::Authority& authority, Clock const& clock, Call const& call) {
    WARDER_CO_TRY(auto const input, read_input(call));
    if (auto rejection = reject_incomplete_request(input)) co_return std::move(*rejection);
    WARDER_CO_TRY(auto const endpoints, input.grants(kEndpointsKey));

    http::Response response;
    core::JsonObject answer{response.body};
    if (input.has(kLifetimeKey)) {
        WARDER_CO_TRY(auto const lifetime, input.lifetime(kLifetimeKey, authority.settings().max_lifetime));
        append_lifetime(answer, lifetime, clock);
    }
    if (input.has("method")) {
        auto const requested = auth::HypotheticalRequest::read(*input.text("method"), *input.text("uri"));
        if (!requested)
            co_return auth::error_response(400, "bad_path", std::string{"The key \"uri\": "}.append(describe(requested.error())).append("."));
        WARDER_CO_TRY(auto const user, co_await net::await_call<&authority::Authority::show_user>(authority, call.user().name));
        auto const rpc = input.text("rpc");
        RpcMethods const names{rpc ? std::string_view{*rpc} : std::string_view{}};
        append_decision(answer, {.endpoints = endpoints.get(), .ceiling = user.ceiling.get()}, requested->access(&names));
    }
    answer.close();
    co_return response;
}

}  // namespace warder::api
