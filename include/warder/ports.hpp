// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

namespace warder {

/// Where time comes from. Any thread may call it.
class Clock {
  public:
    virtual ~Clock() = default;
    /// The time of day, for `iat`, `exp` and what is shown.
    [[nodiscard]] virtual std::chrono::system_clock::time_point now() const noexcept = 0;
    /// Never goes back; for the throttle and for how long a proven credential is believed.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const noexcept = 0;
};

/// Where unpredictable bytes come from. Any thread may call it.
class Random {
  public:
    virtual ~Random() = default;
    /// Fills `out` with bytes fit for keys and ids. A source that can't deliver ends the process: nothing is made of weak bytes.
    virtual void fill(std::span<std::byte> out) noexcept = 0;
};

}  // namespace warder
