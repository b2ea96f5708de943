// SPDX-License-Identifier: MIT
#pragma once

#include "http/request_reader.hpp"
#include "http/response.hpp"
#include "http/stream.hpp"
#include "http/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace warder::http {

/// What a forwarder keeps for one client's connection. Ends with it.
class ConnectionAttachment {
  public:
    virtual ~ConnectionAttachment() = default;
};

/// One client's connection as bytes: what has come and is not used, what is to go out, and until when which of both must have happened.
///
/// What is to go out gathers in `out()` as long as whole requests are at hand, and goes with one write. One thread's alone.
class ClientLink {
  public:
    enum class Phase : std::uint8_t {
        kIdle,
        kHead,
        kBody,
        kAnswer,  ///< Whoever answers, or forwards, sees to the time.
        kWrite,
        kLinger,
    };

    explicit ClientLink(Stream stream, std::chrono::milliseconds idle_timeout);

    [[nodiscard]] RequestReader& reader() noexcept { return reader_; }
    [[nodiscard]] Stream& stream() noexcept { return stream_; }
    [[nodiscard]] bool is_tls() const noexcept { return stream_.is_tls(); }
    [[nodiscard]] std::string& out() noexcept { return out_; }
    [[nodiscard]] bool has_much_to_send() const noexcept;
    /// The forwarder's alone. Null until it keeps something.
    [[nodiscard]] std::unique_ptr<ConnectionAttachment>& attachment() noexcept { return attachment_; }

    /// @param limit  how long it may last. Coarsely: it begins with the next sweep, so that a request that comes in time asks no clock for it.
    void enter(Phase phase, std::chrono::milliseconds limit) noexcept;
    void enter_answer() noexcept;
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

    /// Sends what is left, then waits for the client to close: a close with unread bytes would reset the connection and destroy the answer on its
    /// way.
    Task<void> linger();

    /// The worker's, a few times a second.
    void sweep(std::chrono::steady_clock::time_point now);
    /// Ends what waits, with an error.
    void cancel() noexcept { stream_.cancel(); }
    void close() noexcept { stream_.close(); }
    /// Ends it so that the client can't take what it has for a whole answer.
    void reset() noexcept { stream_.reset(); }

  private:
    Task<bool> flush_slowly();

    Stream stream_;
    std::chrono::milliseconds idle_timeout_;
    RequestReader reader_;
    std::string out_;
    std::size_t written_ = 0;
    std::unique_ptr<ConnectionAttachment> attachment_;

    Phase phase_ = Phase::kIdle;
    bool has_timed_out_ = false;
    std::chrono::milliseconds limit_{};
    std::optional<std::chrono::steady_clock::time_point> deadline_;  ///< Nothing until a sweep has seen the phase.
};

}  // namespace warder::http
