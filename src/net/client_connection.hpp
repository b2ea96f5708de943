// SPDX-License-Identifier: MIT
#pragma once

#include "http/request_reader.hpp"
#include "http/response.hpp"
#include "net/stream.hpp"
#include "net/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace warder::net {

/// State that a proxy keeps for one client connection. It is destroyed with the connection.
class ConnectionAttachment {
  public:
    virtual ~ConnectionAttachment() = default;
};

/// A client's connection at the byte level: received bytes that were not consumed, bytes to send, and the deadline for
/// the current phase.
///
/// Responses accumulate in `out()` while complete requests are available, and are sent with one write. Not thread-safe;
/// belongs to one worker thread.
class ClientConnection {
  public:
    enum class Phase : std::uint8_t {
        kIdle,
        kHead,
        kBody,
        kAnswer,  ///< No deadline; the code that produces the response enforces its own.
        kWrite,
        kLinger,
    };

    explicit ClientConnection(Stream stream, std::chrono::milliseconds idle_timeout);

    [[nodiscard]] http::RequestReader& reader() noexcept { return reader_; }
    [[nodiscard]] Stream& stream() noexcept { return stream_; }
    [[nodiscard]] bool is_tls() const noexcept { return stream_.is_tls(); }
    [[nodiscard]] std::string& out() noexcept { return out_; }
    [[nodiscard]] bool has_much_to_send() const noexcept;
    /// Reserved for the proxy; null until the proxy stores something.
    [[nodiscard]] std::unique_ptr<ConnectionAttachment>& attachment() noexcept { return attachment_; }

    /// Enters a phase and sets its time limit. The limit is coarse: it starts at the next sweep, so that a request that
    /// arrives in time costs no clock read.
    void enter(Phase phase, std::chrono::milliseconds limit) noexcept;
    void enter_answer() noexcept;
    /// Changes the phase but keeps the deadline.
    void change_phase(Phase phase) noexcept { phase_ = phase; }
    /// Marks the connection as waiting for a request since then.
    void note_idle(std::chrono::steady_clock::time_point since) noexcept { idle_since_ = since; }
    /// The `idle_since` of a connection whose last response was sent. It makes the connection the first one to be
    /// closed.
    static constexpr auto kAnswered = std::chrono::steady_clock::time_point::min();
    /// Returns since when the connection has been waiting for a request; while it waits, it may be closed in favor of
    /// another connection.
    /// @return nullopt if a request is in flight.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> idle_since() const noexcept;
    [[nodiscard]] Phase phase() const noexcept { return phase_; }
    [[nodiscard]] bool has_timed_out() const noexcept { return has_timed_out_; }

    /// Receives bytes into the reader's buffer for the head; the caller must pass the count to the reader. Not a
    /// coroutine itself, because every request calls it.
    Task<Stream::ReadOutcome> receive_head_bytes();
    /// The same without waiting; see `Stream::read_arrived`.
    Stream::ReadOutcome take_head_bytes();
    /// Receives bytes into the reader's buffer for the body.
    /// @return false if no more bytes will arrive or the deadline has passed.
    Task<bool> receive_body_bytes();

    /// Sends all of `out()`. Keeps phase and deadline.
    /// @return false if the connection is broken or no progress was made for the idle timeout.
    Task<bool> flush();
    /// Writes what the socket accepts without waiting.
    /// @return false if something is left or the connection is broken; `flush` distinguishes the two.
    bool try_flush();

    /// What the client may still send after the last response.
    enum class Rest : std::uint8_t {
        kNothing,  ///< Nothing worth waiting for.
        kBody,     ///< A body that was not read.
    };
    /// Sends what is left, shuts down the sending side, then reads and discards input until the client closes (RFC 9112
    /// §9.6). Closing with unread bytes would reset the connection and could destroy the response before a client that
    /// sends first and reads later has read it. Uses one small buffer.
    ///
    /// Ends after 2 s; with `kBody`, after 30 s, 1 GiB, or 5 s without input.
    Task<void> linger(Rest rest);

    /// Enforces the deadline. The worker calls it a few times a second.
    void sweep(std::chrono::steady_clock::time_point now);
    /// Cancels pending operations; they complete with an error.
    void cancel() noexcept { stream_.cancel(); }
    void close() noexcept {
        is_closed_ = true;
        stream_.close();
    }
    /// Resets the connection so that the client can't mistake a partial response for a complete one.
    void reset() noexcept { stream_.reset(); }

  private:
    Task<bool> flush_slowly();

    Stream stream_;
    std::chrono::milliseconds idle_timeout_;
    http::RequestReader reader_;
    std::string out_;
    std::size_t written_ = 0;
    std::unique_ptr<ConnectionAttachment> attachment_;

    Phase phase_ = Phase::kIdle;
    bool has_timed_out_ = false;
    bool is_closed_ = false;
    std::chrono::steady_clock::time_point idle_since_ = std::chrono::steady_clock::now();
    std::chrono::milliseconds limit_{};
    std::optional<std::chrono::steady_clock::time_point> deadline_;  ///< nullopt until a sweep has seen the phase.
};

}  // namespace warder::net
