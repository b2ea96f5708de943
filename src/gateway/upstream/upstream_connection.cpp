// SPDX-License-Identifier: MIT
#include "gateway/upstream/upstream_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <tuple>
#include <utility>

namespace warder::gateway {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kWindow = 16 * 1024;
constexpr std::size_t kMaxWindow = 128 * 1024;  // no response head is longer
constexpr std::size_t kMaxIdle = 256;
constexpr std::chrono::seconds kMaxIdleTime{25};  // shorter than servers commonly keep idle connections

}  // namespace

UpstreamConnection::UpstreamConnection(net::Socket socket, std::shared_ptr<UpstreamTls const> const& tls)
    : descriptor_{socket.native_handle()},
      stream_{std::move(socket), tls ? tls->begin(descriptor_) : net::TlsSession{}, tls != nullptr},
      buffer_(kWindow) {}

bool UpstreamConnection::is_still_open() const noexcept {
    if (stream_.holds_unread()) return false;
    char byte = 0;
    auto const count = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool UpstreamConnection::try_send(std::string_view& bytes) {
    ErrorCode error;
    while (!bytes.empty() && !error) bytes.remove_prefix(stream_.write_some(asio::buffer(bytes.data(), bytes.size()), error));
    return bytes.empty();
}

net::Task<bool> UpstreamConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        ErrorCode error;
        auto const count = stream_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
        bytes.remove_prefix(count);
        if (!error) continue;
        if (error != asio::error::would_block && error != asio::error::try_again) co_return false;
        auto const [waited] = co_await stream_.wait_to_write();
        if (waited) co_return false;
    }
    co_return true;
}

net::Task<bool> UpstreamConnection::receive(bool has_yielded) {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (end_ == buffer_.size()) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        if (end_ == buffer_.size() && end_ == kMaxWindow) co_return false;
        if (end_ == buffer_.size()) buffer_.resize(2 * end_);
    }
    auto const room = asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
    net::Stream::ReadOutcome outcome{asio::error::would_block, 0};
    if (has_yielded) outcome = stream_.read_arrived(room);
    if (std::get<0>(outcome) == asio::error::would_block) outcome = co_await stream_.read_some(room);
    auto const [error, count] = outcome;
    has_ended_ = error == asio::error::eof;
    is_at_end_ = error.failed();
    if (is_at_end_ && stream_.is_tls()) tls_error_ = ERR_peek_error();  // nothing ran in between: a failed read resumes its caller immediately
    if (is_at_end_) co_return false;
    end_ += count;
    co_return true;
}

std::unique_ptr<UpstreamConnection> UpstreamPool::take(std::chrono::steady_clock::time_point now, bool may_repeat) {
    while (!idle_.empty()) {
        auto const idle_time = now - idle_.back().since;
        if (!may_repeat && idle_time >= trusted_idle_) return nullptr;  // the others have been idle for longer
        auto connection = std::move(idle_.back().connection);
        idle_.pop_back();
        // Nothing may be unread: unsolicited data from the upstream must not become the response to this request.
        if (connection->is_still_open()) {
            connection->set_idle_time(idle_time);
            return connection;
        }
        note_closed(idle_time, now);
    }
    return nullptr;
}

void UpstreamPool::note_closed(std::chrono::nanoseconds idle_time, std::chrono::steady_clock::time_point now) noexcept {
    if (idle_time / 2 >= kTrustedIdle) return;
    trusted_idle_ = std::min(trusted_idle_, idle_time / 2);
    closed_at_ = now;
}

void UpstreamPool::put(std::unique_ptr<UpstreamConnection> connection, std::chrono::steady_clock::time_point now) {
    if (idle_.size() == kMaxIdle) idle_.erase(idle_.begin());
    connection->mark_used();
    idle_.push_back({std::move(connection), now});
}

void UpstreamPool::sweep(std::chrono::steady_clock::time_point now) {
    auto const young = std::ranges::find_if(idle_, [now](Idle const& idle) { return now - idle.since < kMaxIdleTime; });
    idle_.erase(idle_.begin(), young);
    if (!idle_.empty() && !idle_.back().connection->is_still_open()) {
        note_closed(now - idle_.back().since, now);
        idle_.pop_back();
    }
    if (now >= closed_at_ + kDistrustPeriod) trusted_idle_ = kTrustedIdle;
}

}  // namespace warder::gateway
