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

/// What a forwarder keeps for one client's connection. Ends with it.
class ConnectionAttachment {
  public:
    virtual ~ConnectionAttachment() = default;
};

/// One client's connection as bytes: what has come and is not used, what is to go out, and until when which of both must have happened.
///
/// What is to go out gathers in `out()` as long as whole requests are at hand, and goes with one write. One thread's alone.
class ClientConnection {
  public:
    enum class Phase : std::uint8_t {
        kIdle,
        kHead,
        kBody,
        kAnswer,  ///< Whoever answers, or forwards, sees to the time.
        kWrite,
        kLinger,
    };

    explicit ClientConnection(Stream stream, std::chrono::milliseconds idle_timeout);

    [[nodiscard]] http::RequestReader& reader() noexcept { return reader_; }
    [[nodiscard]] Stream& stream() noexcept { return stream_; }
    [[nodiscard]] bool is_tls() const noexcept { return stream_.is_tls(); }
    [[nodiscard]] std::string& out() noexcept { return out_; }
    [[nodiscard]] bool has_much_to_send() const noexcept;
    /// The forwarder's alone. Null until it keeps something.
    [[nodiscard]] std::unique_ptr<ConnectionAttachment>& attachment() noexcept { return attachment_; }

    /// @param limit  how long it may last. Coarsely: it begins with the next sweep, so that a request that comes in time asks no clock for it.
    void enter(Phase phase, std::chrono::milliseconds limit) noexcept;
    void enter_answer() noexcept;
    /// Another phase within the same time.
    void change_phase(Phase phase) noexcept { phase_ = phase; }
    /// Marks the connection as one that waits for a request, from now on.
    void note_idle() noexcept { idle_since_ = std::chrono::steady_clock::now(); }
    /// What `idle_since` says of a connection that has its last answer: it is the first to go.
    static constexpr auto kAnswered = std::chrono::steady_clock::time_point::min();
    /// Since when it has waited for a request; without a request in flight it may be closed for another connection. Nothing: one is in flight.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> idle_since() const noexcept;
    [[nodiscard]] Phase phase() const noexcept { return phase_; }
    [[nodiscard]] bool has_timed_out() const noexcept { return has_timed_out_; }

    /// Receives into the room of the head; whoever awaits it tells the reader how much has come. No coroutine of its own: this is each request's.
    Task<Stream::ReadOutcome> receive_head_bytes();
    /// Receives into the room of the body. False: nothing comes any more, or the time is up.
    Task<bool> receive_body_bytes();

    /// Sends all of `out()`. False: the connection is broken, or nothing moved for the idle timeout. Phase and deadline are as before.
    Task<bool> flush();
    /// Writes what the socket takes now. False if something is left, or the connection is broken: `flush` tells which.
    bool flush_at_once();

    /// What the client may still be sending behind the last answer.
    enum class Rest : std::uint8_t {
        kNothing,  ///< Nothing that anybody waits for.
        kBody,     ///< A body that was not read.
    };
    /// Sends what is left, ends the sending side, then reads and discards what the client still sends until it closes (RFC 9112 §9.6): a close with
    /// unread bytes would reset the connection and destroy the answer on its way to clients that send first and read later. Holds one small buffer.
    ///
    /// It ends after 2 s, with a body after 30 s, 1 GiB, or 5 s in which nothing came.
    Task<void> linger(Rest rest);

    /// The worker's, a few times a second.
    void sweep(std::chrono::steady_clock::time_point now);
    /// Ends what waits, with an error.
    void cancel() noexcept { stream_.cancel(); }
    void close() noexcept {
        is_closed_ = true;
        stream_.close();
    }
    /// Ends it so that the client can't take what it has for a whole answer.
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
    std::optional<std::chrono::steady_clock::time_point> deadline_;  ///< Nothing until a sweep has seen the phase.
};

}  // namespace warder::net
