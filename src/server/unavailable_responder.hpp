// SPDX-License-Identifier: MIT
#pragma once

#include "server/bound_sockets.hpp"

#include <stop_token>
#include <thread>
#include <vector>

namespace warder::server {

/// Answers on the sockets of a server that waits for its store: liveness with 200, everything else with 503, one connection
/// at a time. With TLS it answers nothing, and clients wait in the kernel. Stops when it is destroyed; the sockets stay
/// open.
class UnavailableResponder {
  public:
    explicit UnavailableResponder(BoundSockets const& sockets);

  private:
    std::vector<int> listeners_;
    std::jthread thread_;
};

}  // namespace warder::server
