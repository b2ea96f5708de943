// SPDX-License-Identifier: MIT
#pragma once

#include "warder/ports.hpp"

namespace warder::runtime {

class SystemClock final : public Clock {
  public:
    [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override { return std::chrono::system_clock::now(); }
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const noexcept override { return std::chrono::steady_clock::now(); }
};

/// The kernel's random number generator, through libsodium, which aborts the process if there is none.
class SystemRandom final : public Random {
  public:
    SystemRandom();
    void fill(std::span<std::byte> out) noexcept override;
};

}  // namespace warder::runtime
