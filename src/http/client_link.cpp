// SPDX-License-Identifier: MIT
#include "http/client_link.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <utility>

namespace warder::http {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kMaxJoinedAnswers = 64 * 1024;
constexpr std::size_t kMaxDrained = 1024 * 1024;
constexpr std::chrono::milliseconds kLingerTime{2000};

}  // namespace

ClientLink::ClientLink(Stream stream, std::chrono::milliseconds idle_timeout) : stream_{std::move(stream)}, idle_timeout_{idle_timeout} {
    enter(Phase::kIdle, idle_timeout);
}

bool ClientLink::has_much_to_send() const noexcept { return out_.size() > kMaxJoinedAnswers; }

void ClientLink::enter(Phase phase, std::chrono::milliseconds limit) noexcept {
    phase_ = phase;
    has_timed_out_ = false;
    limit_ = limit;
    deadline_.reset();
}

void ClientLink::enter_answer() noexcept {
    phase_ = Phase::kAnswer;
    has_timed_out_ = false;
}

void ClientLink::sweep(std::chrono::steady_clock::time_point now) {
    if (phase_ == Phase::kAnswer) return;
    if (!deadline_) deadline_ = now + limit_;
    if (now < *deadline_) return;
    has_timed_out_ = true;
    // The coroutine sees an aborted operation, or one that was complete already, and the flag; what it began since is aborted by the next sweep.
    stream_.cancel();
}

Task<Stream::ReadOutcome> ClientLink::receive_head_bytes() {
    auto const room = reader_.room_for_head();
    return stream_.read_some(asio::buffer(room.data(), room.size()));
}

Task<bool> ClientLink::receive_body_bytes() {
    auto const room = reader_.room_for_body();
    auto const [error, count] = co_await stream_.read_some(asio::buffer(room.data(), room.size()));
    if (error) co_return false;
    reader_.received(count);
    co_return true;
}

bool ClientLink::flush_at_once() {
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

Task<bool> ClientLink::flush() {
    if (flush_at_once()) co_return true;
    auto const phase = phase_;
    auto const limit = limit_;
    auto const deadline = deadline_;
    bool const is_flushed = co_await flush_slowly();
    phase_ = phase;
    limit_ = limit;
    deadline_ = deadline;
    co_return is_flushed;
}

Task<bool> ClientLink::flush_slowly() {
    auto progress = written_;
    enter(Phase::kWrite, idle_timeout_);
    for (;;) {
        auto const [error] = co_await stream_.wait_to_write();
        if (error) co_return false;
        ErrorCode write_error;
        written_ += stream_.write_some(asio::buffer(out_.data() + written_, out_.size() - written_), write_error);
        if (write_error && write_error != asio::error::would_block && write_error != asio::error::try_again) co_return false;
        if (written_ == out_.size()) break;
        if (written_ > progress) enter(Phase::kWrite, idle_timeout_);
        progress = written_;
    }
    out_.clear();
    written_ = 0;
    co_return true;
}

Task<void> ClientLink::linger() {
    if (!flush_at_once()) {
        bool const is_flushed = co_await flush_slowly();
        if (!is_flushed) co_return;
    }
    if (stream_.end_writing()) co_return;
    enter(Phase::kLinger, kLingerTime);
    std::array<char, 4096> ignored;
    for (std::size_t drained = 0; drained < kMaxDrained;) {
        auto const [error, count] = co_await stream_.read_some(asio::buffer(ignored));
        if (error || has_timed_out_) co_return;
        drained += count;
    }
}

}  // namespace warder::http
