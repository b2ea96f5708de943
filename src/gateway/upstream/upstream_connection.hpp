// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"
#include "gateway/upstream/upstream_tls.hpp"
#include "net/stream.hpp"
#include "net/task.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace warder::gateway {

/// Counts one open upstream connection for its lifetime.
struct Uncount {
    void operator()(std::atomic<std::size_t>* connections) const noexcept { --*connections; }
};
using ConnectionCount = std::unique_ptr<std::atomic<std::size_t>, Uncount>;

/// A connection to an upstream, new or reused. Not thread-safe.
class UpstreamConnection {
  public:
    UpstreamConnection(net::Socket socket, std::shared_ptr<UpstreamTls const> const& tls);

    [[nodiscard]] net::Stream& stream() noexcept { return stream_; }
    void count_in(std::atomic<std::size_t>& connections) noexcept { count_.reset((++connections, &connections)); }
    /// Returns whether an earlier request used it; the upstream may then have closed it in the meantime.
    [[nodiscard]] bool is_used() const noexcept { return is_used_; }
    void mark_used() noexcept { is_used_ = true; }
    /// Returns how long it was idle before the current request; zero for a new connection.
    [[nodiscard]] std::chrono::nanoseconds idle_time() const noexcept { return idle_time_; }
    void set_idle_time(std::chrono::nanoseconds idle_time) noexcept { idle_time_ = idle_time; }
    /// Returns whether it may carry a client's identity; it then serves only that client's connection.
    [[nodiscard]] bool is_bound() const noexcept { return is_bound_; }
    void bind() noexcept { is_bound_ = true; }
    /// Returns whether, as far as is known, the upstream has neither closed it nor sent unsolicited data.
    [[nodiscard]] bool is_still_open() const noexcept;

    /// Sends what can be sent without waiting and removes it from `bytes`.
    /// @return false if something is left or the connection is broken; `send` distinguishes the two.
    bool try_send(std::string_view& bytes);
    /// Sends all bytes.
    /// @return false if the connection is broken.
    net::Task<bool> send(std::string_view bytes);
    /// Receives at least one byte after the unread bytes.
    /// @param has_yielded  whether the stream has just yielded, so that bytes may be there already.
    /// @return false if no more bytes will arrive.
    net::Task<bool> receive(bool has_yielded = false);
    /// Returns whether the upstream ended the stream properly, as opposed to a broken or canceled connection.
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
    /// Returns whether no more bytes will arrive, for any reason.
    [[nodiscard]] bool is_at_end() const noexcept { return is_at_end_; }
    /// Returns the OpenSSL error of a failed `receive`, which may be an alert that explains it; 0 if there is none.
    [[nodiscard]] unsigned long tls_error() const noexcept { return tls_error_; }
    [[nodiscard]] std::string_view unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
    void skip(std::size_t count) noexcept { begin_ += count; }

  private:
    ConnectionCount count_;
    int descriptor_;
    net::Stream stream_;
    bool is_used_ = false;
    std::chrono::nanoseconds idle_time_{};
    bool is_bound_ = false;
    bool has_ended_ = false;
    bool is_at_end_ = false;
    unsigned long tls_error_ = 0;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;
};

/// The idle connections of one worker to one upstream. The most recently used one is reused first.
///
/// An upstream may close an idle connection just when a request is sent over it, and then it is unknown whether the request
/// was processed. So a request that must not be sent twice only gets a connection that has been idle for less than
/// `kTrustedIdle`, and for less than half the idle time after which this upstream has recently closed one.
class UpstreamPool {
  public:
    static constexpr std::chrono::milliseconds kTrustedIdle{750};
    static constexpr std::chrono::seconds kDistrustPeriod{10};  ///< How long an early close by the upstream lowers the limit.

    /// Takes the most recently used connection.
    /// @param may_repeat  whether the request may be sent twice. @return null if there is no suitable one.
    [[nodiscard]] std::unique_ptr<UpstreamConnection> take(std::chrono::steady_clock::time_point now, bool may_repeat);
    /// Records that the upstream closed a connection after this idle time.
    void note_closed(std::chrono::nanoseconds idle_time, std::chrono::steady_clock::time_point now) noexcept;
    void put(std::unique_ptr<UpstreamConnection> connection, std::chrono::steady_clock::time_point now);
    /// Closes connections that have been idle for too long, and removes the most recent one if the upstream has closed it.
    void sweep(std::chrono::steady_clock::time_point now);
    void clear() noexcept { idle_.clear(); }

  private:
    struct Idle {
        std::unique_ptr<UpstreamConnection> connection;
        std::chrono::steady_clock::time_point since;
    };
    std::vector<Idle> idle_;
    std::chrono::nanoseconds trusted_idle_ = kTrustedIdle;
    std::chrono::steady_clock::time_point closed_at_{};
};

}  // namespace warder::gateway
