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
#include <utility>
#include <vector>

namespace warder::gateway {

/// One of the open connections to upstreams, counted. Moves with it.
class ConnectionCount {
  public:
    ConnectionCount() noexcept = default;
    explicit ConnectionCount(std::atomic<std::size_t>& links) noexcept : links_{&links} { ++links; }
    ConnectionCount(ConnectionCount&& other) noexcept : links_{std::exchange(other.links_, nullptr)} {}
    ConnectionCount& operator=(ConnectionCount&& other) noexcept {
        std::swap(links_, other.links_);
        return *this;
    }
    ConnectionCount(ConnectionCount const&) = delete;
    ConnectionCount& operator=(ConnectionCount const&) = delete;
    ~ConnectionCount() {
        if (links_ != nullptr) --*links_;
    }

  private:
    std::atomic<std::size_t>* links_ = nullptr;
};

/// A connection to an upstream, kept for further requests or fresh. One thread's alone.
class UpstreamConnection {
  public:
    UpstreamConnection(net::Socket socket, std::shared_ptr<UpstreamTls const> const& tls);

    [[nodiscard]] net::Stream& stream() noexcept { return stream_; }
    void set_count(ConnectionCount count) noexcept { count_ = std::move(count); }
    /// Whether an earlier request went over it: then the upstream may have closed it meanwhile.
    [[nodiscard]] bool is_used() const noexcept { return is_used_; }
    void mark_used() noexcept { is_used_ = true; }
    /// How long it had been idle when it was taken for the request at hand; nothing for a fresh one.
    [[nodiscard]] std::chrono::nanoseconds rested() const noexcept { return rested_; }
    void note_rest(std::chrono::nanoseconds rested) noexcept { rested_ = rested; }
    /// Whether it may carry the identity of the client whose requests went over it: then it serves that client's connection alone.
    [[nodiscard]] bool is_bound() const noexcept { return is_bound_; }
    void bind() noexcept { is_bound_ = true; }
    /// Whether the upstream has neither closed it nor sent what nobody asked for, as far as is known by now.
    [[nodiscard]] bool is_still_open() const noexcept;

    /// Sends what goes out now, off the front of `bytes`. False: something is left, or the connection is broken: `send` tells which.
    bool send_at_once(std::string_view& bytes);
    /// Sends all of it. False: the connection is broken.
    net::Task<bool> send(std::string_view bytes);
    /// Receives what has come, at least a byte, behind what is unread. False: nothing comes any more.
    net::Task<bool> receive();
    /// Whether nothing comes any more because the upstream said so; else it was cut off, or was to end.
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
    /// Whether nothing comes any more, for whichever reason.
    [[nodiscard]] bool is_gone() const noexcept { return is_gone_; }
    /// OpenSSL's error of the `receive` that failed: the upstream may have said by an alert why. 0: there is none.
    [[nodiscard]] unsigned long tls_error() const noexcept { return tls_error_; }
    [[nodiscard]] std::string_view unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
    void skip(std::size_t count) noexcept { begin_ += count; }

  private:
    ConnectionCount count_;
    int descriptor_;
    net::Stream stream_;
    bool is_used_ = false;
    std::chrono::nanoseconds rested_{};
    bool is_bound_ = false;
    bool has_ended_ = false;
    bool is_gone_ = false;
    unsigned long tls_error_ = 0;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;
};

/// The idle connections of one worker to one upstream, the youngest first.
///
/// An upstream may close an idle connection at the moment when a request is sent over it, and nobody knows whether it was processed. A request that
/// may not be sent twice therefore gets only a connection that has been idle for less than `kTrustedRest`, and for less than half of what this
/// upstream has closed one after lately.
class UpstreamPool {
  public:
    static constexpr std::chrono::milliseconds kTrustedRest{750};
    static constexpr std::chrono::seconds kDistrustFor{10};  ///< After the last one that was closed early.

    /// Null: there is none to take. @param may_repeat  whether the request may be sent twice.
    [[nodiscard]] std::unique_ptr<UpstreamConnection> take(std::chrono::steady_clock::time_point now, bool may_repeat);
    /// The upstream closed a connection that had been idle for so long.
    void note_closed(std::chrono::nanoseconds rested, std::chrono::steady_clock::time_point now) noexcept;
    void put(std::unique_ptr<UpstreamConnection> link, std::chrono::steady_clock::time_point now);
    /// Closes what has been idle for long, and looks whether the upstream has closed the youngest.
    void sweep(std::chrono::steady_clock::time_point now);
    void clear() noexcept { idle_.clear(); }

  private:
    struct Idle {
        std::unique_ptr<UpstreamConnection> link;
        std::chrono::steady_clock::time_point since;
    };
    std::vector<Idle> idle_;
    std::chrono::nanoseconds trusted_rest_ = kTrustedRest;
    std::chrono::steady_clock::time_point closed_at_{};
};

}  // namespace warder::gateway
