// SPDX-License-Identifier: MIT
#include "http/connection.hpp"

#include "http/answer.hpp"
#include "http/errors.hpp"
#include "http/worker.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace warder::http {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kFirstBuffer = 4 * 1024;
constexpr std::size_t kBodyWindow = 16 * 1024;
constexpr std::size_t kMaxJoinedAnswers = 64 * 1024;
constexpr std::size_t kMaxDrained = 1024 * 1024;
constexpr std::chrono::milliseconds kLingerTime{2000};

constexpr HeadRefusal kBodyTooLarge{413, "too_large", "The body may be 64 KiB at most."};
constexpr HeadRefusal kBadBody{400, "bad_request", "The body's chunks can't be read."};
constexpr HeadRefusal kUnreadableHead{400, "bad_request", "The request's head can't be read."};
constexpr HeadRefusal kTimeout{408, "timeout", "The request took too long to arrive."};
constexpr HeadRefusal kNoTls{400, "bad_request", "This port speaks TLS: the URL must begin with https."};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(Worker& worker, Stream stream, AddressBytes const& peer, bool is_refused)
    : worker_{&worker}, stream_{std::move(stream)}, peer_{peer}, is_refused_{is_refused}, buffer_(kFirstBuffer) {
    enter(Phase::kIdle, worker.settings().idle_timeout);
    worker_->add(*this);
}

Connection::~Connection() { worker_->remove(*this); }

void Connection::enter(Phase phase, std::chrono::milliseconds limit) {
    phase_ = phase;
    has_timed_out_ = false;
    deadline_ = std::chrono::steady_clock::now() + limit;
}

void Connection::sweep(std::chrono::steady_clock::time_point now) {
    if (phase_ == Phase::kAnswer || now < deadline_) return;
    has_timed_out_ = true;
    // The coroutine sees an aborted operation, or one that was complete already, and the flag; what it began since is aborted by the next sweep.
    stream_.cancel();
}

void Connection::drain() {
    if (phase_ != Phase::kIdle) return;
    stream_.cancel();
}

void Connection::close() { stream_.close(); }

Task<void> Connection::run() {
    if (stream_.is_tls()) {
        bool const goes_on = co_await begin_tls();
        if (!goes_on) co_return;
    }
    if (is_refused_) {
        append(refuse_for_now(503, "unavailable", "There are too many connections.", std::chrono::seconds{1}), false);
        co_await linger();
    } else {
        co_await serve();
    }
    stream_.end_writing();
}

/// False: the connection has ended, without a word or with one that the client can read.
Task<bool> Connection::begin_tls() {
    if (is_refused_) co_return false;  // a handshake is dearer than the refusal that it would carry
    enter(Phase::kHead, worker_->settings().header_timeout);
    auto const shaken = co_await stream_.shake_hands();
    if (has_timed_out_) co_return false;
    if (shaken == Stream::Handshake::kDone) co_return true;
    if (shaken == Stream::Handshake::kPlainHttp) co_await refuse_and_end(kNoTls);
    else co_await linger();  // or the alert could be lost, see there
    co_return false;
}

/// As the throttle counts it.
authority::ClientAddress Connection::client() const noexcept {
    auto const& trusted = worker_->settings().trusted_proxies;
    return authority::ClientAddress::of(trusted.empty() ? peer_ : client_of(peer_, request_, trusted));
}

Task<void> Connection::serve() {
    for (;;) {
        auto state = scan_head();
        if (state == HeadScanner::State::kIncomplete) {
            bool const is_whole = co_await receive_head();
            if (!is_whole) co_return;
        } else if (state != HeadScanner::State::kComplete) {
            co_await refuse_and_end(state == HeadScanner::State::kTooLarge ? kHeadTooLarge : kBareLineEnd);
            co_return;
        }
        if (auto const refusal = begin_request()) {
            co_await refuse_and_end(*refusal);
            co_return;
        }
        if (!parser_->is_done()) {
            bool const is_whole = co_await receive_body();
            if (!is_whole) co_return;
        }
        phase_ = Phase::kAnswer;
        auto const response = co_await answer(worker_->desk(), request_, client());
        bool const keeps_alive = facts_.keeps_alive && !response.ends_connection && !worker_->is_draining();
        append(response, keeps_alive);
        if (!keeps_alive) {
            co_await linger();
            co_return;
        }
        request_.clear();
        if (out_.size() > kMaxJoinedAnswers && !flush_at_once()) {
            bool const is_flushed = co_await flush_slowly();
            if (!is_flushed) co_return;
        }
    }
}

HeadScanner::State Connection::scan_head() {
    if (!has_skipped_line_ && unread().starts_with("\r\n")) {  // one empty line before a request is tolerated (RFC 9112 §2.2)
        has_skipped_line_ = true;
        begin_ += 2;
        scanner_.restart();
    }
    return scanner_.scan(unread());
}

/// Reads until a head is whole. False: the connection has ended.
Task<bool> Connection::receive_head() {
    if (begin_ == end_) {
        enter(Phase::kIdle, worker_->settings().idle_timeout);
    } else {
        enter(Phase::kHead, worker_->settings().header_timeout);
    }
    for (;;) {
        if (!flush_at_once()) {
            auto const phase = phase_;
            auto const deadline = deadline_;
            bool const is_flushed = co_await flush_slowly();
            if (!is_flushed) co_return false;
            phase_ = phase;
            deadline_ = deadline;
        }
        if (phase_ == Phase::kIdle && worker_->is_draining()) co_return false;
        make_room_for_head();
        auto const [error, count] = co_await stream_.read_some(asio::buffer(buffer_.data() + end_, buffer_.size() - end_));
        if (error) {
            if (has_timed_out_ && phase_ == Phase::kHead) co_await refuse_and_end(kTimeout);
            co_return false;
        }
        end_ += count;
        if (phase_ == Phase::kIdle) enter(Phase::kHead, worker_->settings().header_timeout);
        auto const state = scan_head();
        if (state == HeadScanner::State::kComplete) co_return true;
        if (state != HeadScanner::State::kIncomplete) {
            co_await refuse_and_end(state == HeadScanner::State::kTooLarge ? kHeadTooLarge : kBareLineEnd);
            co_return false;
        }
        if (has_timed_out_) {
            co_await refuse_and_end(kTimeout);
            co_return false;
        }
    }
}

void Connection::make_room_for_head() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ < buffer_.size()) return;
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    } else {
        buffer_.resize(2 * buffer_.size());  // the scanner stops it at `kMaxHead`
    }
}

/// Judges the head and lets Beast read it.
std::optional<HeadRefusal> Connection::begin_request() {
    auto const head_length = scanner_.length();
    auto const facts = check_head(unread().substr(0, head_length));
    if (!facts) return facts.error();
    facts_ = *facts;
    if (facts_.content_length.value_or(0) > kMaxBody) return kBodyTooLarge;
    if (facts_.is_chunked || facts_.content_length.value_or(0) > 0) reserve_for_body(head_length);
    parser_.emplace(request_);
    ErrorCode error;
    parser_->put(asio::const_buffer{buffer_.data() + begin_, head_length}, error);
    if (error || !parser_->is_header_done()) return kUnreadableHead;
    if (facts_.is_chunked) chunks_ = {};
    begin_ += head_length;
    body_start_ = begin_;
    scanner_.restart();
    has_skipped_line_ = false;
    return std::nullopt;
}

/// From here on the head must not move: it goes to the front, and a window for the body is made behind it.
void Connection::reserve_for_body(std::size_t head_length) {
    if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() < head_length + kBodyWindow) buffer_.resize(head_length + kBodyWindow);
}

/// Reads until the body is whole. False: the connection has ended.
Task<bool> Connection::receive_body() {
    enter(Phase::kBody, worker_->settings().header_timeout);
    if (facts_.expects_continue && begin_ == end_) out_ += kContinue;
    for (;;) {
        auto const fed = feed_body();
        if (fed == ChunkReader::State::kWhole) co_return true;
        if (has_timed_out_) {
            co_await refuse_and_end(kTimeout);
            co_return false;
        }
        bool const has_room = make_room_for_body();
        if (fed != ChunkReader::State::kMore || !has_room) {
            co_await refuse_and_end(fed == ChunkReader::State::kTooLarge ? kBodyTooLarge : kBadBody);
            co_return false;
        }
        if (!flush_at_once()) {
            bool const is_flushed = co_await flush_slowly();
            if (!is_flushed) co_return false;
            enter(Phase::kBody, worker_->settings().header_timeout);
        }
        auto const [error, count] = co_await stream_.read_some(asio::buffer(buffer_.data() + end_, buffer_.size() - end_));
        if (error) {
            if (has_timed_out_) co_await refuse_and_end(kTimeout);
            co_return false;
        }
        end_ += count;
    }
}

/// Beast reads a body of a known length; chunks have a reader of their own, as Beast takes line ends inside quoted extensions and folded trailers.
ChunkReader::State Connection::feed_body() {
    using State = ChunkReader::State;
    if (facts_.is_chunked) {
        auto const read = chunks_.read(unread(), request_.body);
        begin_ += read.used;
        return read.state;
    }
    while (!parser_->is_done()) {
        if (begin_ == end_) return State::kMore;
        ErrorCode error;
        begin_ += parser_->put(asio::const_buffer{buffer_.data() + begin_, end_ - begin_}, error);
        if (error) return error == boost::beast::http::error::body_limit ? State::kTooLarge : State::kBad;
    }
    return State::kWhole;
}

/// False if the window is full of something that the parser can't use: a chunk header or trailers without end.
bool Connection::make_room_for_body() {
    if (end_ < buffer_.size()) return true;
    std::memmove(buffer_.data() + body_start_, buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_ - body_start_;
    begin_ = body_start_;
    return end_ < buffer_.size();
}

void Connection::append(Response const& response, bool keeps_alive) {
    append_response(
        out_, response,
        {.keeps_alive = keeps_alive, .minor_version = facts_.minor_version, .is_head = request_.method == "HEAD", .date = worker_->date()});
}

/// Writes what the socket takes now. False if something is left, or the connection is broken: `flush_slowly` tells which.
bool Connection::flush_at_once() {
    while (written_ < out_.size()) {
        ErrorCode error;
        written_ += stream_.write_some(asio::buffer(out_.data() + written_, out_.size() - written_), error);
        if (error) return false;
    }
    out_.clear();
    written_ = 0;
    if (out_.capacity() > 2 * kMaxJoinedAnswers) out_.shrink_to_fit();
    return true;
}

Task<bool> Connection::flush_slowly() {
    auto progress = written_;
    enter(Phase::kWrite, worker_->settings().idle_timeout);
    for (;;) {
        auto const [error] = co_await stream_.wait_to_write();
        if (error) co_return false;
        ErrorCode write_error;
        written_ += stream_.write_some(asio::buffer(out_.data() + written_, out_.size() - written_), write_error);
        if (write_error && write_error != asio::error::would_block && write_error != asio::error::try_again) co_return false;
        if (written_ == out_.size()) break;
        if (written_ > progress) enter(Phase::kWrite, worker_->settings().idle_timeout);
        progress = written_;
    }
    out_.clear();
    written_ = 0;
    co_return true;
}

Task<void> Connection::refuse_and_end(HeadRefusal refusal) {
    // No answer to HEAD has a body, also where the head was not understood any further.
    if (request_.method.empty() && unread().starts_with("HEAD ")) request_.method = "HEAD";
    append(refuse(refusal.status, refusal.slug, refusal.sentence), false);
    co_await linger();
}

/// Sends what is left, then waits for the client to close: a close with unread bytes would reset the connection and destroy the answer on its way.
Task<void> Connection::linger() {
    if (!flush_at_once()) {
        bool const is_flushed = co_await flush_slowly();
        if (!is_flushed) co_return;
    }
    if (stream_.end_writing()) co_return;
    enter(Phase::kLinger, kLingerTime);
    for (std::size_t drained = 0; drained < kMaxDrained;) {
        auto const [error, count] = co_await stream_.read_some(asio::buffer(buffer_));
        if (error || has_timed_out_) co_return;
        drained += count;
    }
}

}  // namespace warder::http
