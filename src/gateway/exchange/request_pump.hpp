// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/exchange/exchange_state.hpp"
#include "gateway/heads/upstream_head.hpp"
#include "gateway/upstream/upstream_connection.hpp"
#include "net/side_task.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace warder::gateway {

[[nodiscard]] http::Response body_too_large(auth::RequestContext const& context, std::uint64_t limit);

/// Reads the request's body and sends it to the upstream, at most a window at a time. What has arrived with the head is sent
/// with the head; a task of its own sends the rest as it arrives, while the response is awaited.
class RequestPump {
  public:
    explicit RequestPump(ExchangeState& exchange);

    /// Reads the part of the body that has arrived.
    /// @param limit  for the whole body, in bytes. @return false if the body is invalid or too large.
    bool begin(std::uint64_t limit);
    /// Reads a body to its end, for a request that is authorized by it.
    /// @return false if it did not arrive.
    net::Task<bool> read_all();
    /// Returns what was read but not sent yet.
    [[nodiscard]] std::string_view unsent() const noexcept { return body_; }
    /// Chooses how the body will be sent.
    BodyFraming const& choose_framing() noexcept;

    /// Sends the head with what has arrived of the body, and starts the task for the rest. The connection must outlive it.
    /// @return false if the upstream or the client is gone.
    net::Task<bool> send(UpstreamConnection& upstream, std::string_view head);

    /// Returns whether the task has ever been started: the request can't be sent again.
    [[nodiscard]] bool has_started() const noexcept { return progress_ != Progress::kNotStarted; }
    /// Returns whether the body has been read to its end, or there is none.
    [[nodiscard]] bool is_read() const noexcept { return is_read_; }
    /// Returns whether the whole request has been read, and no more of it is being sent.
    [[nodiscard]] bool is_done() const noexcept { return is_read_ && progress_ != Progress::kSending; }
    /// Returns whether the upstream is slow to take the body.
    [[nodiscard]] bool is_stuck() const noexcept { return !is_read_ && progress_ == Progress::kSending; }
    /// Returns whether the task ended before it had sent the whole body.
    [[nodiscard]] bool has_stopped() const noexcept { return progress_ == Progress::kUpstreamGone || is_broken(); }
    /// Returns whether the task ended although the upstream still waits for the rest of the body. It won't respond.
    [[nodiscard]] bool is_broken() const noexcept { return progress_ == Progress::kBroken; }
    /// Returns whether the client must have sent more of the body by now.
    [[nodiscard]] bool is_late(ExchangeState::Time now) const noexcept { return now >= deadline_; }
    /// The task. It must have ended before the pump is destroyed.
    [[nodiscard]] net::SideTask& task() noexcept { return task_; }

  private:
    enum class Progress : std::uint8_t { kNotStarted, kSending, kSent, kUpstreamGone, kBroken };

    net::Task<bool> receive_piece();
    bool read_arrived();
    void append_piece(std::string& out) const;
    net::Task<void> send_rest();
    net::Task<bool> send_pieces();
    [[nodiscard]] http::RequestReader& reader() const noexcept { return exchange_->forwarding.connection.reader(); }

    ExchangeState* exchange_;
    BodyFraming framing_;
    std::string body_;  ///< Bytes that were read but not sent yet.
    std::uint64_t limit_ = 0;
    bool is_read_;
    ExchangeState::Time deadline_ = ExchangeState::Time::max();
    Progress progress_ = Progress::kNotStarted;
    UpstreamConnection* upstream_ = nullptr;
    net::SideTask task_;
};

}  // namespace warder::gateway
