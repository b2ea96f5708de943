// SPDX-License-Identifier: MIT
#include "api/body.hpp"
#include "api/handlers/handlers.hpp"
#include "auth/credential.hpp"
#include "auth/errors.hpp"
#include "auth/hypothetical_request.hpp"
#include "core/grants/explanation.hpp"
#include "core/text/json_writer.hpp"
#include "core/try.hpp"
#include "http/text.hpp"
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

std::string quote_requested(std::string_view text) {
    constexpr std::size_t kMaxQuoted = 256;
    return "\"" + http::quote_for_message(text, kMaxQuoted) + "\"";
}

/// Appends the grants that no request can use, because the ceiling covers nothing of what they cover; nothing if there are
/// none.
void append_grants_outside(core::JsonObject& answer, GrantList const& endpoints, GrantList const& ceiling) {
    std::string outside;
    for (auto const& grant : endpoints.grants())
        if (!ceiling.overlaps(grant)) core::append_json_string(outside.append(outside.empty() ? "[" : ","), grant.text());
    if (!outside.empty()) answer.json("outside_ceiling", outside + "]");
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

/// POST /preview: returns what lifetime and access a token would have, and with `?include=explanation` why a request is
/// allowed or not. Changes nothing.
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
    if (!input.has("method") && endpoints == nullptr) {
        answer.close();
        co_return response;
    }
    std::optional<auth::HypotheticalRequest> requested;
    if (input.has("method")) {
        auto read = auth::HypotheticalRequest::read(*input.text("method"), *input.text("uri"));
        if (!read) co_return auth::error_response(400, "bad_path", std::string{"The key \"uri\": "}.append(describe(read.error())).append("."));
        requested = std::move(*read);
    }
    WARDER_CO_TRY(auto const user, co_await net::await_call<&authority::Authority::show_user>(authority, call.user().name));
    Scope const scope{.endpoints = endpoints.get(), .ceiling = user.ceiling.get()};
    auto const rpc = input.text("rpc").value_or("");
    RpcMethods const names{rpc};
    if (requested) append_decision(answer, scope, requested->access(&names));
    if (scope.endpoints != nullptr && scope.ceiling != nullptr) append_grants_outside(answer, *scope.endpoints, *scope.ceiling);
    if (requested && call.query.find("include"))
        answer.text("explanation", core::as_sentence(core::explain_access(scope, requested->access(&names), quote_requested)));
    answer.close();
    co_return response;
}

}  // namespace warder::api
