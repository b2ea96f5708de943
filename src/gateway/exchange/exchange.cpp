// SPDX-License-Identifier: MIT
#include "gateway/exchange/exchange.hpp"

#include "auth/errors.hpp"
#include "auth/named_resources.hpp"
#include "gateway/heads/connection_auth.hpp"
#include "gateway/heads/via.hpp"
#include "gateway/rejection.hpp"
#include "gateway/rpc/rpc_coding.hpp"
#include "gateway/worker_proxy.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace warder::gateway {
namespace {

using Cause = ExchangeEnd::Cause;
using http::Response;

constexpr int kDeniedByGrants = -32001;
constexpr int kUnreadable = -32700;
constexpr std::uint64_t kMaxBody = std::numeric_limits<std::int64_t>::max();  // many servers read a larger length as negative or zero
constexpr std::size_t kLongestScheme = 16;

std::unexpected<ExchangeEnd> denied(Response response) {
    return std::unexpected{ExchangeEnd{.cause = Cause::kDenied, .response = std::move(response)}};
}

std::unexpected<ExchangeEnd> denied_rpc(unsigned status, std::string_view id, int rpc_code, std::string_view message, std::string_view code) {
    Response response;
    response.status = status;
    response.body = rpc_error_body(id, rpc_code, message, code);
    return denied(std::move(response));
}

/// Returns the names of the methods, as many as a log line shows.
std::string names_of(RpcMethods const& methods) {
    constexpr std::size_t kShown = 256;
    std::string names;
    for (auto const method : methods.in_order()) {
        if (names.size() > kShown) break;
        names.append(names.empty() ? "" : ",").append(method.substr(0, kShown));
    }
    return names;
}

auth::Denial bad_destination(DestinationError error) {
    using enum auth::DenialReason;
    switch (error) {
        case DestinationError::kUnreadable:
            return {.reason = kBadPath, .message = std::string{auth::kInvalidDestinationMessage}, .status = 400};
        case DestinationError::kAnotherHost:
            return {.reason = kForbidden, .message = std::string{auth::kForeignDestinationMessage}};
        case DestinationError::kAnotherRoute:
            break;
    }
    return {.reason = kForbidden, .message = "The Destination header names a path that is not below the route of the request."};
}

}  // namespace

Exchange::Exchange(WorkerProxy& proxy, ProxyRoute route, Admitted admitted, auth::RequestContext const& context, auth::RequestLog& log,
                   Forwarding const& forwarding)
    : state_{proxy, std::move(route), std::move(admitted), context, log, forwarding} {
    proxy.add(*this);
}

Exchange::~Exchange() { state_.proxy->remove(*this); }

net::Task<bool> Exchange::run() {
    auto outcome = prepare();
    if (outcome && needs_body()) outcome = co_await prepare_body();
    if (outcome) outcome = check_destination();
    if (auto taken = take_from_rate(); !taken) outcome = std::move(taken);
    if (outcome) outcome = co_await call_.run(relay_);
    if (outcome) outcome = relay_.begin();
    if (!outcome) state_.enter(Stage::kRejection);
    else if (!relay_.is_whole()) co_await relay_.relay_rest();
    if (pump_.task().is_running()) co_await pump_.task().join();
    bool stays = false;
    if (outcome) stays = relay_.end();
    else if (outcome.error().cause != Cause::kClientLeft) stays = reject(std::move(outcome.error().response));
    state_.report_failure();
    if (state_.is_responding() && state_.is_over()) state_.forwarding.connection.close();  // the response is incomplete, whatever is still in flight
    co_return stays;
}

/// Makes all checks that don't need the body; nothing has been sent to the upstream yet.
Outcome Exchange::prepare() {
    auto const& forwarding = state_.forwarding;
    auto const& request = forwarding.request;
    auto const& route = state_.route();
    state_.urls.emplace(state_.routes().table(), route,
                        PublicOrigin{.proto = forwarding.proto, .host = auth::public_host(request, forwarding.is_from_trusted_proxy)});
    auto const connection = http::check_connection(request);
    if (!connection) return denied(auth::error_response(connection.error().status, connection.error().code, connection.error().message));
    state_.connection = *connection;
    if (request.find("upgrade").count > 0 && !allows_upgrade(route))
        return denied(state_.deny(
            {.reason = auth::DenialReason::kForbidden,
             .message = "This route does not allow an upgrade, because JSON-RPC calls in a WebSocket are not checked; the setting websocket "
                        "allows it."}));
    state_.is_websocket = http::wants_websocket(request, forwarding.facts, *connection);
    if (count_passes(request) >= kMaxPasses)
        return denied(state_.deny(
            {.reason = auth::DenialReason::kLoopDetected, .message = "Loop detected: this request has passed through this server 3 times."}));
    return prepare_credential();
}

Outcome Exchange::prepare_credential() {
    auto const& route = state_.route();
    auto const credential = state_.routes().credential(route).read();
    if (!credential) {
        state_.proxy->report(state_.routes(), route, {.cause = FailureCause::kCredentialFile, .reason = credential.error()});
        return denied(auth::error_response(502, "upstream_failed", client_message(FailureCause::kCredentialFile)));
    }
    state_.credential = *credential;
    bool const is_passed = route.credential.kind == UpstreamCredentialSource::Kind::kPass;
    state_.uses_connection_auth =
        uses_connection_auth(state_.forwarding.request, is_passed) || (*credential && http::is_same_name((*credential)->name, "authorization") &&
                                                                       names_connection_auth((*credential)->value.view().substr(0, kLongestScheme)));
    return {};
}

/// Checks that the `Destination` header, if there is one, can be translated: the upstream knows neither the gateway's host
/// nor the prefix. A destination outside the route is denied, since an upstream that only looks at the path would take it
/// for another resource.
Outcome Exchange::check_destination() {
    auto const found = state_.forwarding.request.find("destination");
    if (found.count == 0) return {};
    if (found.count > 1)
        return denied(auth::error_response(400, "bad_request", "The request has more than one Destination header; it may have only one."));
    std::string destination;
    auto const translated = state_.urls->append_upstream_destination(destination, found.value);
    if (!translated) return denied(state_.deny(bad_destination(translated.error())));
    return {};
}

/// Counts the request against the rate limit of its token, unless it was denied, or nobody knows whether it is because its
/// calls are unreadable.
Outcome Exchange::take_from_rate() {
    auto const& token = state_.admitted.principal.token;
    bool const is_allowed = !state_.log->is_denied() && (calls_ || !is_authorized_by_body());
    if (!token || !is_allowed) return {};
    auto const taken = auth::take_from_rate(*token, state_.context.services);
    return taken ? Outcome{} : denied(state_.deny(taken.error()));
}

/// Returns whether `prepare_body` has something to do: read a body, deny a JSON-RPC request that has none, or forward
/// `Content-Length: 0`.
bool Exchange::needs_body() const noexcept { return state_.has_body() || state_.forwarding.facts.content_length || is_authorized_by_body(); }

net::Task<Outcome> Exchange::prepare_body() {
    auto limit = std::min(state_.route().body_limit.value_or(kMaxBody), kMaxBody);
    if (is_authorized_by_body()) limit = std::min<std::uint64_t>(limit, state_.route().rpc_body_limit.value_or(kDefaultRpcBody));
    if (!pump_.begin(limit)) co_return state_.failure();
    if (!is_authorized_by_body()) co_return Outcome{};
    co_return co_await authorize_rpc(limit);
}

/// Reads a JSON-RPC body to its end and authorizes every call in it before the first byte is sent to the upstream.
net::Task<Outcome> Exchange::authorize_rpc(std::uint64_t limit) {
    bool const has_come = co_await pump_.read_all();
    if (!has_come) co_return denied(std::move(state_.failure().error().response));
    auto const& request = state_.forwarding.request;
    if (auto const message = find_foreign_coding(std::span{request.fields}.first(request.field_count)))
        co_return denied_rpc(400, "null", kUnreadable, *message, "bad_request");
    auto calls = read_rpc(pump_.unsent(), limit);
    if (!calls) {
        auto const code = code_of(calls.error());
        if (code == "too_large") co_return denied(body_too_large(state_.context, limit));
        auto const status = state_.deny({.reason = auth::DenialReason::kBadRpc}).status;
        co_return denied_rpc(status, calls.error().id, kUnreadable, message_of(calls.error()), code);
    }
    calls_.emplace(std::move(*calls));
    if (state_.context.writes_access_log) state_.log->set_rpc_methods(names_of(calls_->distinct()));
    auto const authorized = authorize_token(state_.admitted, state_.context, request, state_.forwarding.client_address, &*calls_);
    if (authorized) co_return Outcome{};
    auto response = state_.deny(authorized.error());
    if (response.status == 401 || response.status == 503 || auth::rule_of(authorized.error().reason).is_of_token_limit)
        co_return denied(std::move(response));
    co_return denied_rpc(403, calls_->id(), kDeniedByGrants, authorized.error().message, "insufficient_scope");
}

/// Responds in place of the upstream. If a part of the request's body is left unread, the connection ends.
/// @return whether the client's connection can take another request.
bool Exchange::reject(Response response) {
    state_.status = response.status;
    bool const is_body_read = pump_.is_read() && !pump_.has_started();
    return gateway::reject(state_.forwarding, state_.matched.path, std::move(response), is_body_read, state_.context.date);
}

void Exchange::abandon() noexcept {
    bool const is_responding = state_.is_responding();
    state_.enter(Stage::kRejection);
    if (is_responding) return state_.forwarding.connection.reset();
    state_.status = kOutOfMemoryStatus;
    reject_without_memory(state_.forwarding, state_.out_before, state_.context.date);
}

void Exchange::cut() noexcept {
    call_.cancel();
    state_.forwarding.connection.cancel();
}

void Exchange::abort() noexcept {
    state_.end(Cause::kClientLeft);
    cut();
}

void Exchange::sweep(std::chrono::steady_clock::time_point now) {
    if (state_.stage() == Stage::kRejection) return;
    if (!state_.is_over()) find_end(now);
    if (!state_.is_over()) return;
    // A WebSocket client gets a close frame. If that does not end the tunnel, the next sweep does.
    auto* const tunnel = relay_.tunnel();
    if (tunnel != nullptr && !tunnel->is_ending() && state_.is_over(Cause::kDenied)) tunnel->end();
    else cut();
}

/// Ends the exchange if its client has left, its token no longer allows the request, or a deadline has passed.
void Exchange::find_end(std::chrono::steady_clock::time_point now) {
    if (state_.has_client_left(now)) return state_.end(Cause::kClientLeft);
    bool const is_body_awaited = is_authorized_by_body() && !calls_;
    if (!is_body_awaited) {
        auto const& forwarding = state_.forwarding;
        auto const authorized =
            authorize_token(state_.admitted, state_.context, forwarding.request, forwarding.client_address, calls_ ? &*calls_ : nullptr);
        if (!authorized) return state_.end(Cause::kDenied, state_.deny(authorized.error()));
    }
    if (state_.is_late(now)) {
        state_.note_failure(call_.timeout());
        state_.end(Cause::kTimeout, auth::error_response(504, "upstream_timeout", client_message(FailureCause::kResponseTimeout)));
    }
    if (pump_.is_late(now)) {
        state_.context.metrics.count_limit(auth::Limit::kIdleTimeout);
        state_.end(Cause::kTimeout, auth::error_response(408, "timeout", "The request took too long to arrive."));
    }
    auto const* const tunnel = relay_.tunnel();
    if (tunnel != nullptr && now >= tunnel->moved_at() + state_.route().idle_timeout)
        state_.end(Cause::kTimeout, auth::error_response(504, "upstream_timeout", "Nothing moved."));
}

}  // namespace warder::gateway
