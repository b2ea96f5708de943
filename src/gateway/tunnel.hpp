// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/side_task.hpp"
#include "gateway/upstream_link.hpp"
#include "gateway/websocket_frames.hpp"
#include "http/client_link.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>

namespace warder::gateway {

/// A WebSocket between client and upstream after the upstream's 101: bytes as they come, both ways.
class Tunnel {
  public:
    Tunnel(boost::asio::io_context& context, http::ClientLink& client, UpstreamLink& upstream);

    /// Until either side ends it, or `cancel` on both.
    http::Task<void> run();

    /// Tells the client by a close frame, as soon as no frame is under way, that it is over.
    void end();
    [[nodiscard]] bool is_ending() const noexcept { return is_ending_; }
    [[nodiscard]] std::chrono::steady_clock::time_point moved_at() const noexcept { return moved_at_; }

  private:
    http::Task<void> carry_up(SideTask::End end);
    http::Task<void> carry_down();
    void note_move() noexcept { moved_at_ = std::chrono::steady_clock::now(); }

    http::ClientLink* client_;
    UpstreamLink* upstream_;
    WebsocketFrames frames_;  ///< Of the upstream's.
    std::chrono::steady_clock::time_point moved_at_ = std::chrono::steady_clock::now();
    bool is_ending_ = false;
    SideTask up_;  ///< From the client to the upstream.
};

}  // namespace warder::gateway
