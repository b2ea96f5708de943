// SPDX-License-Identifier: MIT
#pragma once

#include "warder/rate_limit.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace warder::index {

/// A token bucket: holds as many requests as the limit has per unit, is full at first, and is refilled evenly. It never
/// lets more pass, however many threads take from it at once: its state is one number (the generic cell rate algorithm,
/// ITU-T I.371). Any thread may call any function; none waits or allocates.
class RateBucket {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Wait = std::chrono::nanoseconds;

    explicit RateBucket(RateLimit const& limit) noexcept;

    /// Returns how long it takes until the bucket holds a request; 0 if it does now. Takes nothing.
    [[nodiscard]] Wait wait(Time now) const noexcept;
    /// Takes a request from the bucket.
    /// @return 0, or how long it takes until there is one; nothing is taken then.
    [[nodiscard]] Wait take(Time now) noexcept;
    /// Puts back a request that was taken but not made. Never fills the bucket beyond its size.
    void give_back(Time now) noexcept;

  private:
    struct Step {
        std::int64_t full_at;  ///< After one more request.
        Wait wait;
    };
    [[nodiscard]] Step step(std::int64_t full_at, std::int64_t now) const noexcept;

    std::int64_t interval_;              ///< Nanoseconds in which one request is refilled, rounded up.
    std::int64_t size_;                  ///< In nanoseconds of refilling.
    std::atomic<std::int64_t> full_at_;  ///< When the bucket is full again, in nanoseconds of the clock.
};

}  // namespace warder::index
