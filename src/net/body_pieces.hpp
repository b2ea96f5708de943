// SPDX-License-Identifier: MIT
#pragma once

#include "net/task.hpp"

#include <cstdint>
#include <string>

namespace warder::net {

/// The rest of a response's body, made while it is sent: a long list is never held as a whole, however slowly its client reads.
class BodyPieces {
  public:
    enum class State : std::uint8_t {
        kMore,
        kComplete,  ///< That was the last piece.
        kFailed,    ///< There will be no whole body: the connection has to end so that the client sees it.
    };

    virtual ~BodyPieces() = default;
    /// Appends the next piece, of some 100 KiB at most. On the connection's thread.
    virtual Task<State> append_next(std::string& out) = 0;
};

}  // namespace warder::net
