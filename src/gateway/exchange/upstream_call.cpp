// SPDX-License-Identifier: MIT
#include "gateway/exchange/upstream_call.hpp"

#include "gateway/exchange/response_relay.hpp"
#include "gateway/heads/connection_auth.hpp"
#include "gateway/heads/upstream_head.hpp"
#include "gateway/upstream/tls_failure.hpp"
#include "gateway/worker_proxy.hpp"
#include "http/text.hpp"

#include <string_view>
#include <utility>

namespace warder::gateway {
namespace {

using State = http::ResponseReader::State;

constexpr unsigned kUnauthorized = 401;
constexpr unsigned kProxyAuthenticationRequired = 407;

/// Upper bound on what the gateway adds to a request, not counting the client's data, the upstream's URL and the credential.
constexpr std::size_t kOurFields = 512;

/// Returns an upper bound on the size of the head for the upstream, without the credential.
std::size_t max_size(http::Request const& request, RouteSettings const& route) noexcept {
    auto size = kOurFields + request.method.size() + request.target.size();
    for (auto const& [name, value] : request.header()) size += name.size() + value.size() + 4;
    return size + route.prefix.size() + route.upstream.authority.size() + route.upstream.path.size();
}

/// Returns whether the bytes start a TLS alert or handshake record, which a TLS server sends to a client of plain HTTP.
bool is_tls_record(std::string_view bytes) noexcept { return bytes.size() > 1 && (bytes[0] == 0x15 || bytes[0] == 0x16) && bytes[1] == 0x03; }

}  // namespace

net::Task<Outcome> UpstreamCall::run(ResponseRelay& relay) {
    if (!exchange_->out().empty()) {
        bool const is_flushed = co_await exchange_->flush();
        if (!is_flushed) co_return exchange_->failure();
    }
    compose();
    auto const began = std::chrono::steady_clock::now();
    for (bool may_reuse = true;; may_reuse = false) {
        bool has_connection = may_reuse && take_idle_connection();
        if (!has_connection) has_connection = co_await open_connection();
        if (!has_connection || exchange_->is_over()) co_return exchange_->failure();
        exchange_->enter(Stage::kRequest);
        response_.emplace(exchange_->is_head_request());
        has_upstream_spoken_ = !upstream_->unread().empty();
        bool const is_sent = co_await pump_->send(*upstream_, head_);
        bool const has_head = (is_sent || pump_->has_started()) && co_await receive_head(relay);
        if (has_head) break;
        // The alert that the upstream sent before it closed the connection may still be readable.
        if (!is_sent && !pump_->has_started() && upstream_->stream().is_tls() && !exchange_->is_over()) co_await upstream_->receive();
        bool const is_dead = upstream_->is_used() && !has_upstream_spoken_;
        if (is_dead) pool().note_closed(upstream_->idle_time(), std::chrono::steady_clock::now());
        if (is_dead && is_idempotent() && !pump_->has_started() && !exchange_->is_over() && may_reuse) continue;
        note_no_response();
        co_return exchange_->failure();
    }
    exchange_->routes()
        .metrics(exchange_->route())
        .count_answer(exchange_->proxy->number(), response_->status(), std::chrono::steady_clock::now() - began);
    crypto::wipe(head_);
    if (is_credential_rejected()) co_return exchange_->failure();
    co_return Outcome{};
}

/// Builds the head for the upstream; called once per exchange.
void UpstreamCall::compose() {
    auto const& forwarding = exchange_->forwarding;
    auto const& request = forwarding.request;
    auto const& admitted = exchange_->admitted;
    auto const& route = exchange_->route();
    std::optional<Identity> identity;
    if (auto const& token = admitted.principal.token)
        identity = {.user = token->username, .token_id = admitted.token_id(), .is_admin = token->is_admin};
    std::optional<InjectedHeader> injected;
    if (auto const* const credential = exchange_->credential.get()) injected = {.name = credential->name, .value = credential->value.view()};
    auto const address = address_text(forwarding.client_address);
    // Reserve everything at once: reallocation would leave copies of the credential in freed memory.
    head_.reserve(max_size(request, route) + (injected ? injected->name.size() + injected->value.size() : 0));
    append_upstream_head(head_, {.request = request,
                                 .connection = *exchange_->connection,
                                 .route = route,
                                 .client = {.address = address, .proto = forwarding.proto, .host = auth::host_of(request).value_or("")},
                                 .identity = identity,
                                 .credential = injected,
                                 .body = pump_->choose_framing(),
                                 .is_websocket = exchange_->is_websocket,
                                 .urls = &*exchange_->urls});
}

bool UpstreamCall::is_idempotent() const noexcept {
    auto const method = exchange_->forwarding.request.method;
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

ConnectionUser UpstreamCall::connection_user() const noexcept {
    auto const& admitted = exchange_->admitted;
    return {.user = admitted.user(), .token_id = admitted.token_id(), .address = exchange_->forwarding.client_address};
}

UpstreamPool& UpstreamCall::pool() const { return exchange_->proxy->pool(exchange_->matched.routes, exchange_->route()); }

/// Takes an idle connection to the upstream.
/// @return false if there is none.
bool UpstreamCall::take_idle_connection() {
    if (auto* const bound = find_bound_connections(exchange_->forwarding.connection))
        upstream_ = bound->take(exchange_->routes(), exchange_->route(), connection_user());
    if (upstream_ && upstream_->is_still_open()) return true;
    upstream_ = nullptr;
    if (exchange_->uses_connection_auth) return false;  // this client must not sign in on other clients' connections
    upstream_ = pool().take(std::chrono::steady_clock::now(), is_idempotent());
    return upstream_ != nullptr;
}

/// Opens a new connection to the upstream.
/// @return false if that failed.
net::Task<bool> UpstreamCall::open_connection() {
    auto& proxy = *exchange_->proxy;
    auto const& route = exchange_->route();
    exchange_->enter(Stage::kConnecting);
    // Idle connections must not use up the descriptors that new ones need.
    if (proxy.connections() >= exchange_->context.max_connections) proxy.drop_idle_connections();
    connector_.emplace(proxy.context(), proxy.resolver());
    exchange_->await_upstream(route.connect_timeout);
    auto connected = co_await connector_->connect(route, exchange_->routes().tls(route));
    connector_.reset();
    exchange_->stop_awaiting();
    if (!connected) {
        exchange_->note_failure(std::move(connected.error()));
        co_return false;
    }
    upstream_ = std::move(*connected);
    upstream_->count_in(proxy.connections());
    co_return true;
}

/// Receives the head of the final response; forwards interim responses (1xx) before it.
/// @return false if it did not arrive or the exchange must stop.
net::Task<bool> UpstreamCall::receive_head(ResponseRelay& relay) {
    co_await upstream_->stream().yield();
    bool has_yielded = true;
    if (exchange_->is_over() || pump_->is_broken()) co_return false;
    for (;;) {
        upstream_->skip(response_->read(upstream_->unread()));
        if (response_->state() == State::kInvalid) co_return false;
        if (response_->state() != State::kHead) {
            auto const status = response_->status();
            if (status >= 200) co_return true;
            if (status == kSwitchingProtocols) co_return exchange_->is_websocket&& http::offers_websocket(response_->fields());
            bool const goes_on = co_await relay.relay_interim();
            if (!goes_on) co_return false;
            response_.emplace(exchange_->is_head_request());
            continue;
        }
        bool const has_come = co_await upstream_->receive(std::exchange(has_yielded, false));
        if (exchange_->is_over()) co_return false;
        has_upstream_spoken_ = has_upstream_spoken_ || has_come;
        if (has_come) continue;
        response_->end();
        if (response_->state() == State::kInvalid || response_->state() == State::kHead) co_return false;
    }
}

void UpstreamCall::keep_connection() {
    auto& proxy = *exchange_->proxy;
    if (!upstream_->is_bound()) {
        pool().put(std::move(upstream_), std::chrono::steady_clock::now());
    } else if (!proxy.is_closing()) {
        auto& bound = make_bound_connections(exchange_->forwarding.connection);
        bound.put(std::move(upstream_), exchange_->matched.routes, exchange_->route(), connection_user());
    }
}

void UpstreamCall::cancel() noexcept {
    if (connector_) connector_->cancel();
    if (upstream_) upstream_->stream().cancel();
}

/// Returns whether the upstream rejects the credential that the gateway added, and records that as a failure.
bool UpstreamCall::is_credential_rejected() {
    // The client would mistake a forwarded 401 for the rejection of its own token. A 407 is no better: its challenge is
    // hop-by-hop.
    auto const status = response_->status();
    if (!exchange_->credential || (status != kUnauthorized && status != kProxyAuthenticationRequired)) return false;
    exchange_->note_failure(FailureCause::kCredentialRejected,
                            "the upstream answered " + std::to_string(status) + ": it rejects the credential of the route's file");
    return true;
}

/// Records why the upstream sent no response.
void UpstreamCall::note_no_response() {
    if (response_->state() == State::kInvalid && !upstream_->is_at_end()) {
        if (!upstream_->stream().is_tls() && is_tls_record(upstream_->unread()))
            return exchange_->note_failure(FailureCause::kTlsExpected, "the upstream speaks TLS, not plain HTTP: use an https:// URL");
        return exchange_->note_failure(FailureCause::kBadHead, "the upstream's response is invalid: " + std::string{response_->error()});
    }
    if (response_->state() != State::kHead && response_->state() != State::kInvalid)
        return exchange_->note_failure(FailureCause::kBadHead, "the upstream switched protocols (101) without having been asked to");
    if (auto alert = alert_failure(upstream_->tls_error())) return exchange_->note_failure(std::move(*alert));
    std::string reason = upstream_->has_ended() ? "the upstream closed the connection before it sent a response"
                                                : "the upstream reset the connection before it sent a response";
    if (!upstream_->is_used() && !upstream_->stream().is_tls()) reason += "; if it speaks TLS, use an https:// URL";
    exchange_->note_failure(FailureCause::kClosedBeforeResponse, std::move(reason));
}

void UpstreamCall::note_cut_off() {
    if (upstream_->has_ended())
        return exchange_->note_failure(FailureCause::kCutOff, "the upstream closed the connection before its response was complete");
    if (response_->state() == State::kInvalid && !upstream_->is_at_end())
        return exchange_->note_failure(FailureCause::kBadBody, "the upstream's response is invalid: " + std::string{response_->error()});
    exchange_->note_failure(FailureCause::kCutOff, "the upstream's response was cut off: the connection was reset, or ended without close_notify");
}

UpstreamFailure UpstreamCall::timeout() const {
    auto const& route = exchange_->route();
    if (connector_) return connector_->timeout(route);
    auto const idle = "idle_timeout (" + duration_text(route.idle_timeout) + ")";
    if (exchange_->is_responding())
        return {.cause = FailureCause::kIdleTimeout, .reason = "the response timed out: nothing more came within " + idle};
    if (pump_->is_stuck())
        return {.cause = FailureCause::kRequestTimeout,
                .reason = "the request timed out: the upstream accepted nothing more of its body within " + idle};
    return {.cause = FailureCause::kResponseTimeout,
            .reason = "timed out waiting for a response: none came within response_timeout (" + duration_text(route.response_timeout) + ")"};
}

}  // namespace warder::gateway
