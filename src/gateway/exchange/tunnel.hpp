// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/upstream/upstream_connection.hpp"
#include "http/websocket_frames.hpp"
#include "net/client_connection.hpp"
#include "net/side_task.hpp"

#include <chrono>

namespace warder::gateway {

/// A WebSocket between client and upstream after the upstream's 101; copies bytes in both directions.
class Tunnel {
  public:
    Tunnel(boost::asio::io_context& context, net::ClientConnection& client, UpstreamConnection& upstream);

    /// Runs until either side ends the tunnel or both are canceled.
    net::Task<void> run();

    /// Sends the client a close frame as soon as no other frame is in progress.
    void end();
    [[nodiscard]] bool is_ending() const noexcept { return is_ending_; }
    [[nodiscard]] std::chrono::steady_clock::time_point moved_at() const noexcept { return moved_at_; }

  private:
    net::Task<void> carry_up();
    net::Task<void> carry_down();
    void note_move() noexcept { moved_at_ = std::chrono::steady_clock::now(); }

    net::ClientConnection* client_;
    UpstreamConnection* upstream_;
    http::WebsocketFrames frames_;  ///< Tracks the frames from the upstream.
    std::chrono::steady_clock::time_point moved_at_ = std::chrono::steady_clock::now();
    bool is_ending_ = false;
    net::SideTask up_;  ///< From the client to the upstream.
};

}  // namespace warder::gateway
