// SPDX-License-Identifier: MIT
#include "net/client_connection.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <utility>

namespace warder::net {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kMaxJoinedAnswers = 64 * 1024;
constexpr std::size_t kDrainedAtOnce = 16 * 1024;
constexpr std::chrono::milliseconds kShortLinger{2000};

/// Limits on reading the rest of a body after a denial or an error.
constexpr std::chrono::milliseconds kBodyLinger{30'000};
constexpr std::chrono::milliseconds kBodySilence{5000};
constexpr std::uint64_t kMaxDrained = std::uint64_t{1} << 30U;

}  // namespace

ClientConnection::ClientConnection(Stream stream, std::chrono::milliseconds idle_timeout) : stream_{std::move(stream)}, idle_timeout_{idle_timeout} {
    enter(Phase::kIdle, idle_timeout);
}

bool ClientConnection::has_much_to_send() const noexcept { return out_.size() > kMaxJoinedAnswers; }

void ClientConnection::enter(Phase phase, std::chrono::milliseconds limit) noexcept {
    phase_ = phase;
    has_timed_out_ = false;
    limit_ = limit;
    deadline_.reset();
}

void ClientConnection::enter_answer() noexcept {
    phase_ = Phase::kAnswer;
    has_timed_out_ = false;
}

void ClientConnection::sweep(std::chrono::steady_clock::time_point now) {
    if (phase_ == Phase::kAnswer) return;
    if (!deadline_) deadline_ = now + limit_;
    if (now < *deadline_) return;
    has_timed_out_ = true;
    // The coroutine sees an aborted or already completed operation, and the flag. The next sweep aborts any operation
    // that it has started in the meantime.
    stream_.cancel();
}

Task<Stream::ReadOutcome> ClientConnection::receive_head_bytes() {
    auto const buffer = reader_.head_buffer();
    return stream_.read_some(asio::buffer(buffer.data(), buffer.size()));
}

Stream::ReadOutcome ClientConnection::take_head_bytes() {
    auto const buffer = reader_.head_buffer();
    return stream_.read_arrived(asio::buffer(buffer.data(), buffer.size()));
}

Task<bool> ClientConnection::receive_body_bytes() {
    auto const buffer = reader_.body_buffer();
    auto const [error, count] = co_await stream_.read_some(asio::buffer(buffer.data(), buffer.size()));
    if (error) co_return false;
    reader_.received(count);
    co_return true;
}

bool ClientConnection::try_flush() {
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

Task<bool> ClientConnection::flush() {
    if (try_flush()) co_return true;
    auto const phase = phase_;
    auto const limit = limit_;
    auto const deadline = deadline_;
    bool const is_flushed = co_await flush_slowly();
    phase_ = phase;
    limit_ = limit;
    deadline_ = deadline;
    co_return is_flushed;
}

Task<bool> ClientConnection::flush_slowly() {
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

std::optional<std::chrono::steady_clock::time_point> ClientConnection::idle_since() const noexcept {
    if (is_closed_) return std::nullopt;
    if (phase_ == Phase::kLinger) return kAnswered;
    bool const waits = phase_ == Phase::kIdle || phase_ == Phase::kHead;
    return waits ? std::optional{idle_since_} : std::nullopt;
}

Task<void> ClientConnection::linger(Rest rest) {
    if (!try_flush()) {
        bool const is_flushed = co_await flush_slowly();
        if (!is_flushed) co_return;
    }
    if (stream_.end_writing()) co_return;
    bool const has_body = rest == Rest::kBody;
    auto const silence = has_body ? kBodySilence : kShortLinger;
    auto const end = std::chrono::steady_clock::now() + (has_body ? kBodyLinger : kShortLinger);
    enter(Phase::kLinger, silence);
    std::array<char, kDrainedAtOnce> ignored;
    for (std::uint64_t drained = 0; drained < kMaxDrained;) {
        auto const [error, count] = co_await stream_.read_some(asio::buffer(ignored));
        if (error || has_timed_out_) co_return;
        drained += count;
        if (std::chrono::steady_clock::now() >= end) co_return;
        if (has_body) enter(Phase::kLinger, silence);
    }
}

}  // namespace warder::net
