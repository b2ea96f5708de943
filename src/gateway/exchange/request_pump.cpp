// SPDX-License-Identifier: MIT
#include "gateway/exchange/request_pump.hpp"

#include "auth/errors.hpp"
#include "gateway/worker_proxy.hpp"

#include <exception>

namespace warder::gateway {
namespace {

using BodyState = http::RequestReader::BodyState;
using Cause = ExchangeEnd::Cause;

constexpr std::size_t kBodyWindow = 64 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

http::Response invalid_chunks() { return auth::error_response(400, "bad_request", "The chunked body is invalid."); }

}  // namespace

http::Response body_too_large(auth::RequestContext const& context, std::uint64_t limit) {
    context.metrics.count_limit(auth::Limit::kBody);
    return auth::error_response(413, "too_large", "The body is too large: it may have at most " + std::to_string(limit) + " bytes on this route.");
}

RequestPump::RequestPump(ExchangeState& exchange) : exchange_{&exchange}, is_read_{!exchange.has_body()}, task_{exchange.proxy->context()} {}

bool RequestPump::begin(std::uint64_t limit) {
    limit_ = limit;
    if (!reader().begin_body(exchange_->forwarding.facts, limit, kBodyWindow)) {
        exchange_->end(Cause::kBadBody, body_too_large(exchange_->context, limit));
        return false;
    }
    return is_read_ || read_arrived();
}

net::Task<bool> RequestPump::read_all() {
    if (is_read_) co_return true;
    if (exchange_->forwarding.facts.expects_continue && body_.empty()) exchange_->out() += kContinue;
    bool goes_on = co_await exchange_->flush();
    while (goes_on && !is_read_) goes_on = co_await receive_piece();
    co_return goes_on;
}

BodyFraming const& RequestPump::choose_framing() noexcept {
    auto const& facts = exchange_->forwarding.facts;
    bool const has_length = is_read_ ? exchange_->has_body() || facts.content_length : !facts.is_chunked;
    // Some servers require Content-Length: 0 in a POST.
    if (has_length) framing_ = {.kind = BodyFraming::Kind::kLength, .length = is_read_ ? body_.size() : *facts.content_length};
    else if (!is_read_) framing_ = {.kind = BodyFraming::Kind::kChunked};
    return framing_;
}

/// Receives more of the body.
/// @return false if no more can be read; then the exchange is over or the task was canceled.
net::Task<bool> RequestPump::receive_piece() {
    if (reader().body_buffer().empty()) {
        exchange_->end(Cause::kBadBody, invalid_chunks());
        co_return false;
    }
    deadline_ = std::chrono::steady_clock::now() + exchange_->context.idle_timeout;
    bool const has_come = co_await exchange_->forwarding.connection.receive_body_bytes();
    deadline_ = ExchangeState::Time::max();
    if (has_come) co_return read_arrived();
    if (!task_.is_canceled()) exchange_->end(Cause::kClientLeft);
    co_return false;
}

/// Parses the bytes of the body that have arrived.
/// @return false if they are invalid or too many.
bool RequestPump::read_arrived() {
    auto const state = reader().read_body(body_);
    is_read_ = state == BodyState::kComplete;
    if (state == BodyState::kTooLarge) exchange_->end(Cause::kBadBody, body_too_large(exchange_->context, limit_));
    if (state == BodyState::kInvalid) exchange_->end(Cause::kBadBody, invalid_chunks());
    return state != BodyState::kTooLarge && state != BodyState::kInvalid;
}

void RequestPump::append_piece(std::string& out) const {
    bool const is_chunked = framing_.kind == BodyFraming::Kind::kChunked;
    if (!body_.empty()) http::append_piece(out, body_, is_chunked);
    if (is_chunked && is_read_) http::append_piece(out, {}, true);
}

net::Task<bool> RequestPump::send(UpstreamConnection& upstream, std::string_view head) {
    std::string first;
    if (!body_.empty()) {
        first = head;
        append_piece(first);
        head = first;
    }
    exchange_->await_upstream(exchange_->route().response_timeout);
    bool is_sent = upstream.try_send(head);
    if (!is_sent) is_sent = co_await upstream.send(head);
    crypto::wipe(first);  // it contains the credential
    if (!is_sent) co_return false;
    if (is_read_) co_return true;
    if (exchange_->forwarding.facts.expects_continue && body_.empty()) exchange_->out() += kContinue;
    body_.clear();
    bool const is_flushed = co_await exchange_->flush();
    if (!is_flushed) co_return false;
    exchange_->stop_awaiting();  // `response_timeout` starts when the request is complete
    upstream_ = &upstream;
    progress_ = Progress::kSending;
    task_.start(send_rest());
    co_return true;
}

/// Sends the rest of the body as it arrives.
net::Task<void> RequestPump::send_rest() {
    bool is_upstream_there = true;
    bool is_sent = false;
    try {
        is_upstream_there = co_await send_pieces();
        is_sent = is_upstream_there && is_read_;
    } catch (std::exception const&) {  // NOLINT(bugprone-empty-catch): out of memory, or canceled; the request stays incomplete
    }
    deadline_ = ExchangeState::Time::max();
    // An upstream that closed the connection may have responded first.
    if (is_sent) progress_ = Progress::kSent;
    else progress_ = is_upstream_there ? Progress::kBroken : Progress::kUpstreamGone;
    if (is_broken()) upstream_->stream().cancel();
    else if (!exchange_->is_responding()) exchange_->await_upstream(exchange_->route().response_timeout);
}

/// @return false if the upstream is gone.
net::Task<bool> RequestPump::send_pieces() {
    auto const limit = exchange_->route().idle_timeout;
    std::string piece;
    while (!is_read_) {
        bool const has_come = co_await receive_piece();
        if (!has_come) co_return true;
        piece.clear();
        append_piece(piece);
        body_.clear();
        if (!exchange_->is_responding()) exchange_->await_upstream(limit);
        bool const is_sent = co_await upstream_->send(piece);
        if (!exchange_->is_responding()) exchange_->stop_awaiting();
        else if (exchange_->is_awaiting()) exchange_->await_upstream(limit);  // progress extends the response's deadline, too
        if (!is_sent) co_return false;
    }
    co_return true;
}

}  // namespace warder::gateway
