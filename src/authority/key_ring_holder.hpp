// SPDX-License-Identifier: MIT
#pragma once

#include "authority/published.hpp"
#include "crypto/key_ring.hpp"

#include <memory>
#include <utility>

namespace warder::authority {

/// The key ring in force, replaced as a whole when keys are rotated or retired. Any thread may call it.
class KeyRingHolder {
  public:
    explicit KeyRingHolder(crypto::KeyRing ring) : ring_{std::make_unique<crypto::KeyRing const>(std::move(ring))} {}

    [[nodiscard]] Published<crypto::KeyRing>::View read() const noexcept { return ring_.read(); }
    void replace(crypto::KeyRing ring) { ring_.publish(std::make_unique<crypto::KeyRing const>(std::move(ring))); }

  private:
    Published<crypto::KeyRing> ring_;
};

}  // namespace warder::authority
