// SPDX-License-Identifier: MIT
#pragma once

#include "net/task.hpp"

#include <cstdint>
#include <string>

namespace warder::net {

/// The rest of a response's body, produced while it is sent, so that a long list is never in memory as a whole, even
/// for a slow client.
class BodyPieces {
  public:
    enum class State : std::uint8_t {
        kIncomplete,
        kComplete,  ///< This was the last piece.
        kFailed,    ///< The body can't be completed: close the connection so that the client notices.
    };

    virtual ~BodyPieces() = default;
    /// Appends the next piece, at most about 100 KiB. Call it on the connection's thread.
    virtual Task<State> append_next(std::string& out) = 0;
};

}  // namespace warder::net
