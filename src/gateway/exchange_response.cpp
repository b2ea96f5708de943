// SPDX-License-Identifier: MIT
// Forwards responses to the client. Requests are in exchange.cpp.
#include "auth/errors.hpp"
#include "gateway/exchange.hpp"
#include "gateway/heads/cross_origin.hpp"
#include "gateway/tunnel.hpp"
#include "gateway/worker_proxy.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace warder::gateway {
namespace {

using State = http::ResponseReader::State;
using Body = ResponseFraming::Body;

constexpr unsigned kSwitchingProtocols = 101;

/// Appends a piece of the body to the output, framed as `kind` requires.
void append_piece(std::string& out, std::string const& piece, Body kind) {
    if (piece.empty() || kind == Body::kNone || kind == Body::kOnlyLength) return;
    if (kind != Body::kChunked) {
        out += piece;
        return;
    }
    std::array<char, 16> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
    out.append(digits.data(), end).append("\r\n").append(piece).append("\r\n");
}

}  // namespace

net::Task<bool> Exchange::flush() {
    bool const is_flushed = co_await forwarding_.connection.flush();
    if (is_flushed) out_before_ = 0;
    else has_client_left_ = has_client_left_ || !is_over();
    co_return is_flushed && !is_over();
}

/// Sends the request to the upstream and receives the head of the response. If a reused connection turns out to be dead,
/// an idempotent request is sent again over a new one.
/// @return false if no final head was received.
net::Task<bool> Exchange::exchange_heads() {
    if (!forwarding_.connection.out().empty()) {
        bool const is_flushed = co_await flush();
        if (!is_flushed) co_return false;
    }
    compose();
    for (bool may_reuse = true;; may_reuse = false) {
        bool has_connection = may_reuse && take_idle_connection();
        if (!has_connection) has_connection = co_await open_connection();
        if (!has_connection || is_over()) co_return false;
        response_.emplace(forwarding_.request.method == "HEAD");
        has_upstream_spoken_ = !upstream_->unread().empty();
        bool const is_sent = co_await send_request();
        bool const has_head = (is_sent || pump_ != Pump::kNone) && co_await receive_head();
        if (has_head) break;
        // The alert that the upstream sent before it closed the connection may still be readable.
        if (!is_sent && pump_ == Pump::kNone && upstream_->stream().is_tls() && !is_over()) co_await upstream_->receive();
        bool const is_dead = upstream_->is_used() && !has_upstream_spoken_;
        if (is_dead) proxy_->pool(routes_, route()).note_closed(upstream_->idle_time(), std::chrono::steady_clock::now());
        if (is_dead && is_idempotent() && pump_ == Pump::kNone && !is_over() && may_reuse) continue;
        note_no_response();
        co_return false;
    }
    crypto::wipe(upstream_head_);
    co_return true;
}

/// Receives the head of the final response; forwards interim responses (1xx) before it.
/// @return false if it did not arrive or the exchange must stop.
net::Task<bool> Exchange::receive_head() {
    for (;;) {
        upstream_->skip(response_->read(upstream_->unread()));
        if (response_->state() == State::kInvalid) co_return false;
        if (response_->state() != State::kHead) {
            auto const status = response_->status();
            if (status >= 200) co_return true;
            if (status == kSwitchingProtocols) co_return is_websocket_&& http::offers_websocket(response_->fields());
            bool const goes_on = co_await relay_interim();
            if (!goes_on) co_return false;
            response_.emplace(forwarding_.request.method == "HEAD");
            continue;
        }
        bool const has_come = co_await upstream_->receive();
        if (is_over()) co_return false;
        has_upstream_spoken_ = has_upstream_spoken_ || has_come;
        if (has_come) continue;
        response_->end();
        if (response_->state() == State::kInvalid || response_->state() == State::kHead) co_return false;
    }
}

/// Returns the response that tells the client why the upstream sent none.
http::Response Exchange::failure() const {
    if (stop_) return *stop_;
    if (body_error_) return *body_error_;
    if (late_) return *late_;
    return auth::error_response(502, "upstream_failed", client_message(failure_ ? failure_->cause : FailureCause::kBadHead));
}

net::Task<bool> Exchange::relay() {
    auto const& connection = response_->connection();
    if (!connection) {
        note_failure(FailureCause::kBadHead, "the upstream's response is invalid: its Connection header names too much");
        co_return co_await reject(failure());
    }
    bool const is_request_sent = pump_ != Pump::kRunning && is_body_complete_;
    ResponseFraming framing = frame_response(response_->status(), response_->content_length(),
                                             {.is_head = forwarding_.request.method == "HEAD",
                                              .minor_version = forwarding_.facts.minor_version,
                                              .keeps_alive = forwarding_.may_keep_alive && is_request_sent});
    framing.is_websocket = response_->status() == kSwitchingProtocols;
    if (uses_connection_auth_ || offers_connection_auth(response_->fields())) upstream_->bind();
    append_client_head(forwarding_.connection.out(),
                       {.status = response_->status(),
                        .reason = response_->reason(),
                        .fields = response_->fields(),
                        .connection = *connection,
                        .cache = choose_cache_rule(token_visibility(), response_->fields()),
                        .urls = &*urls_},
                       framing, context_.date);
    status_ = response_->status();
    is_head_sent_ = true;
    deadline_ = Time::max();
    if (framing.is_websocket) co_return co_await relay_websocket();
    bool is_whole = append_received(framing);
    if (!is_whole) is_whole = co_await relay_body(framing);
    if (!is_whole) note_cut_off();
    if (pump_task_.is_running()) co_await pump_task_.join();
    // If the body ends with the connection, only a reset tells the client that it is incomplete.
    if (!is_whole && framing.body == Body::kUntilClose) forwarding_.connection.reset();
    bool const has_room = proxy_->connections() <= context_.max_connections;
    bool const may_reuse =
        has_room && is_whole && pump_ != Pump::kStopped && is_request_sent && response_->keeps_alive() && upstream_->unread().empty();
    if (may_reuse) keep_connection();
    co_return is_whole&& framing.keeps_alive;
}

/// Keeps the connection to the upstream for further requests: of any client or, if it is bound, of this client's connection.
void Exchange::keep_connection() {
    if (!upstream_->is_bound()) proxy_->pool(routes_, route()).put(std::move(upstream_), std::chrono::steady_clock::now());
    else if (!proxy_->is_closing()) make_bound_connections(forwarding_.connection).put(std::move(upstream_), routes_, route(), connection_user());
}

/// Appends the part of the body that has arrived to the client's output. Most bodies arrive together with their head.
/// @return false if more is to come.
bool Exchange::append_received(ResponseFraming const& framing) {
    auto& out = forwarding_.connection.out();
    append_piece(out, response_->body(), framing.body);
    response_->body().clear();
    if (response_->state() != State::kComplete) return false;
    if (framing.body == Body::kChunked) out += "0\r\n\r\n";
    return true;
}

/// Forwards the rest of the body as it arrives.
/// @return false if it is incomplete, which the client must notice.
net::Task<bool> Exchange::relay_body(ResponseFraming const& framing) {
    do {
        if (response_->state() == State::kInvalid) co_return false;
        bool const is_flushed = co_await flush();
        if (!is_flushed) co_return false;
        wait_at_most(route().idle_timeout);
        bool const has_come = co_await upstream_->receive();
        deadline_ = Time::max();
        if (is_over() && !body_error_) co_return false;
        if (has_come) upstream_->skip(response_->read(upstream_->unread()));
        else if (upstream_->has_ended()) response_->end();
        else co_return false;  // cut off: the body is incomplete, whatever its framing
    } while (!append_received(framing));
    co_return true;
}

net::Task<bool> Exchange::relay_websocket() {
    bool const is_flushed = co_await flush();
    if (!is_flushed) co_return false;
    Tunnel tunnel{proxy_->context(), forwarding_.connection, *upstream_};
    tunnel_ = &tunnel;
    struct Forget {
        Tunnel*& tunnel;
        ~Forget() { tunnel = nullptr; }
    };
    Forget const forget{tunnel_};  // also after an exception
    deadline_ = Time::max();
    co_await tunnel.run();
    co_return false;
}

/// Responds in place of the upstream. If a part of the request's body is left unread, the connection ends.
/// @return whether the client's connection can take another request.
net::Task<bool> Exchange::reject(http::Response const& rejection) {
    is_ending_ = true;
    status_ = rejection.status;
    bool const stays = forwarding_.may_keep_alive && is_body_complete_ && pump_ == Pump::kNone && !has_client_left_;
    if (pump_task_.is_running()) co_await pump_task_.join();
    auto response = rejection;
    auto const* const route = path_->lenient_route() != nullptr ? path_->lenient_route() : path_->route();
    if (route != nullptr && route->pass_preflight) allow_cross_origin_reading(response, forwarding_.request);
    http::append_response(forwarding_.connection.out(), response,
                          {.keeps_alive = stays,
                           .minor_version = forwarding_.facts.minor_version,
                           .is_head = forwarding_.request.method == "HEAD",
                           .date = context_.date});
    co_return stays;
}

}  // namespace warder::gateway
