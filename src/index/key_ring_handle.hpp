// SPDX-License-Identifier: MIT
#pragma once

#include "concurrent/read_mostly.hpp"
#include "crypto/key_ring.hpp"

#include <memory>
#include <utility>

namespace warder::index {

/// The current key ring, which is replaced as a whole when keys are rotated or retired. Any thread may call it.
class KeyRingHandle {
  public:
    explicit KeyRingHandle(crypto::KeyRing ring) : ring_{std::make_unique<crypto::KeyRing const>(std::move(ring))} {}

    [[nodiscard]] concurrent::ReadMostly<crypto::KeyRing>::View read() const noexcept { return ring_.read(); }
    void replace(crypto::KeyRing ring) { ring_.publish(std::make_unique<crypto::KeyRing const>(std::move(ring))); }

  private:
    concurrent::ReadMostly<crypto::KeyRing> ring_;
};

}  // namespace warder::index
