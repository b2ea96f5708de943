// SPDX-License-Identifier: MIT
#pragma once

#include "index/freshness.hpp"
#include "warder/ports.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace warder::tests {

/// A clock that a test controls; system and steady time advance together.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(std::chrono::sys_seconds start = std::chrono::sys_seconds{std::chrono::seconds{1'800'000'000}})
        : nanoseconds_{std::chrono::duration_cast<std::chrono::nanoseconds>(start.time_since_epoch()).count()} {}

    [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override {
        return std::chrono::system_clock::time_point{std::chrono::nanoseconds{nanoseconds_.load()}};
    }
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const noexcept override {
        return std::chrono::steady_clock::time_point{std::chrono::nanoseconds{nanoseconds_.load()}};
    }
    void advance(std::chrono::nanoseconds by) { nanoseconds_ += by.count(); }

  private:
    std::atomic<std::int64_t> nanoseconds_;
};

/// A source of time for `index::Freshness` that tests control. There is one for all of them; it never goes back.
class ManualBootClock {
  public:
    [[nodiscard]] static index::BootClock::time_point now() noexcept {
        return index::BootClock::time_point{std::chrono::nanoseconds{elapsed += per_reading}};
    }
    static void advance(std::chrono::nanoseconds by) noexcept { elapsed += by.count(); }
    /// Lets the clock advance whenever it is read, so that time passes between two steps of one request.
    static void advance_at_each_reading(std::chrono::nanoseconds by) noexcept { per_reading = by.count(); }

  private:
    static inline std::atomic<std::int64_t> elapsed{1'000'000'000'000};
    static inline std::atomic<std::int64_t> per_reading{0};
};

/// Returns bytes that differ from call to call and are the same in every run. For tests only.
class CountingRandom final : public Random {
  public:
    void fill(std::span<std::byte> out) noexcept override {
        for (auto& byte : out) {
            auto state = (counter_ += 0x9E3779B97F4A7C15ULL);
            state = (state ^ (state >> 30U)) * 0xBF58476D1CE4E5B9ULL;
            state = (state ^ (state >> 27U)) * 0x94D049BB133111EBULL;
            byte = static_cast<std::byte>((state ^ (state >> 31U)) & 0xFFU);
        }
    }

  private:
    std::atomic<std::uint64_t> counter_{1};
};

}  // namespace warder::tests
