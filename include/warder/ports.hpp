// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

namespace warder {

/// A source of time. Any thread may call it.
class Clock {
  public:
    virtual ~Clock() = default;
    /// Returns the time of day, for `iat`, `exp` and display.
    [[nodiscard]] virtual std::chrono::system_clock::time_point now() const noexcept = 0;
    /// Returns a time that never goes back, for the throttle and the cache of verified credentials.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const noexcept = 0;
};

/// A source of unpredictable bytes. Any thread may call it.
class Random {
  public:
    virtual ~Random() = default;
    /// Fills `out` with bytes that are fit for keys and ids. If it can't, it ends the process: weak keys are worse than
    /// none.
    virtual void fill(std::span<std::byte> out) noexcept = 0;
};

}  // namespace warder
