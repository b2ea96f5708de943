// SPDX-License-Identifier: MIT
#include "gateway/exchange/response_relay.hpp"

#include "gateway/exchange/upstream_call.hpp"
#include "gateway/heads/connection_auth.hpp"
#include "gateway/worker_proxy.hpp"

namespace warder::gateway {
namespace {

using State = http::ResponseReader::State;
using Body = ResponseFraming::Body;

constexpr unsigned kContinueStatus = 100;  // not forwarded: the gateway has sent its own to the client
constexpr unsigned kMaxInterimResponses = 16;

}  // namespace

net::Task<bool> ResponseRelay::relay_interim() {
    auto const& response = call_->response();
    if (offers_connection_auth(response.fields())) call_->upstream().bind();
    auto const& connection = response.connection();
    bool const is_forwarded = response.status() != kContinueStatus && exchange_->forwarding.facts.minor_version > 0 && connection;
    if (!is_forwarded || interim_responses_ == kMaxInterimResponses) co_return true;
    ++interim_responses_;
    append_client_head(exchange_->out(),
                       {.status = response.status(), .reason = response.reason(), .fields = response.fields(), .connection = *connection}, {}, {});
    bool const is_flushed = co_await exchange_->flush();
    co_return is_flushed;
}

Outcome ResponseRelay::begin() {
    auto const& response = call_->response();
    auto const& forwarding = exchange_->forwarding;
    auto const& connection = response.connection();
    if (!connection) {
        exchange_->note_failure(FailureCause::kBadHead, "the upstream's response is invalid: its Connection header names too much");
        return exchange_->failure();
    }
    is_request_sent_ = pump_->is_done();
    framing_ = frame_response(response.status(), response.content_length(),
                              {.is_head = exchange_->is_head_request(),
                               .minor_version = forwarding.facts.minor_version,
                               .keeps_alive = forwarding.may_keep_alive && is_request_sent_});
    framing_.is_websocket = response.status() == kSwitchingProtocols;
    if (exchange_->uses_connection_auth || offers_connection_auth(response.fields())) call_->upstream().bind();
    append_client_head(exchange_->out(),
                       {.status = response.status(),
                        .reason = response.reason(),
                        .fields = response.fields(),
                        .connection = *connection,
                        .cache = choose_cache_rule(token_visibility(), response.fields()),
                        .urls = &*exchange_->urls},
                       framing_, exchange_->context.date);
    exchange_->status = response.status();
    exchange_->enter(Stage::kResponse);
    exchange_->stop_awaiting();
    if (!framing_.is_websocket) append_received();
    return {};
}

/// Returns how shared caches in front of Warder see the request's token. A request has only one credential, so without
/// `Authorization` the token is in another header.
TokenVisibility ResponseRelay::token_visibility() const noexcept {
    if (exchange_->admitted.token().empty()) return TokenVisibility::kNoToken;
    bool const is_passed = exchange_->route().credential.kind == UpstreamCredentialSource::Kind::kPass;
    bool const is_recognized = !is_passed && exchange_->forwarding.request.find("authorization").count > 0;
    return is_recognized ? TokenVisibility::kAuthorization : TokenVisibility::kHidden;
}

/// Appends the part of the body that has arrived to the client's output.
void ResponseRelay::append_received() {
    auto& out = exchange_->out();
    auto& response = call_->response();
    auto& piece = response.body();
    bool const is_chunked = framing_.body == Body::kChunked;
    if (!piece.empty() && framing_.body != Body::kNone && framing_.body != Body::kOnlyLength) http::append_piece(out, piece, is_chunked);
    piece.clear();
    is_whole_ = response.state() == State::kComplete;
    if (is_whole_ && is_chunked) http::append_piece(out, {}, true);
}

net::Task<void> ResponseRelay::relay_rest() { return framing_.is_websocket ? run_tunnel() : relay_body(); }

net::Task<void> ResponseRelay::run_tunnel() {
    metrics::Gauge::One const stream{exchange_->context.metrics.streams()};
    bool const is_flushed = co_await exchange_->flush();
    if (!is_flushed) co_return;
    tunnel_.emplace(exchange_->proxy->context(), exchange_->forwarding.connection, call_->upstream());
    exchange_->enter(Stage::kTunnel);
    co_await tunnel_->run();
}

net::Task<void> ResponseRelay::relay_body() {
    metrics::Gauge::One const stream{exchange_->context.metrics.streams()};
    auto& response = call_->response();
    auto& upstream = call_->upstream();
    bool goes_on = response.state() != State::kInvalid && co_await exchange_->flush();
    while (goes_on) {
        exchange_->await_upstream(exchange_->route().idle_timeout);
        bool const has_come = co_await upstream.receive();
        exchange_->stop_awaiting();
        if (exchange_->is_over() && !exchange_->is_over(ExchangeEnd::Cause::kBadBody)) break;
        if (has_come) upstream.skip(response.read(upstream.unread()));
        else if (upstream.has_ended()) response.end();
        else break;  // cut off: the body is incomplete, whatever its framing
        append_received();
        goes_on = !is_whole_ && response.state() != State::kInvalid && co_await exchange_->flush();
    }
    if (!is_whole_) call_->note_cut_off();
}

bool ResponseRelay::end() {
    if (framing_.is_websocket) return false;
    // If the body ends with the connection, only a reset tells the client that it is incomplete.
    if (!is_whole_ && framing_.body == Body::kUntilClose) exchange_->forwarding.connection.reset();
    bool const has_room = exchange_->proxy->connections() <= exchange_->context.max_connections;
    bool const may_reuse =
        has_room && is_whole_ && !pump_->has_stopped() && is_request_sent_ && call_->response().keeps_alive() && call_->upstream().unread().empty();
    if (may_reuse) call_->keep_connection();
    return is_whole_ && framing_.keeps_alive;
}

}  // namespace warder::gateway
