// SPDX-License-Identifier: MIT
#pragma once

#include "metrics/counter.hpp"
#include "metrics/histogram.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warder::metrics {

/// Why the store failed.
enum class StoreFailure : std::uint8_t {
    kFull,         ///< No space left.
    kUnavailable,  ///< Any other reason, such as files that were moved.
    kDamaged,      ///< A part of the content can't be read. What fails because of it counts as unavailable, too.
};
inline constexpr std::array<std::string_view, 3> kStoreFailureCodes{"full", "unavailable", "damaged"};

/// What a store counts. Thread-safe.
class StoreMetrics {
  public:
    using Clock = std::chrono::steady_clock;

    void observe_commit(std::chrono::nanoseconds took) noexcept { commits_.observe(took); }
    void count(StoreFailure failure) noexcept { failures_[static_cast<std::size_t>(failure)].add(); }
    /// Records that the token index has just been proven to agree with the store.
    void mark_current() noexcept { current_at_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed); }

    [[nodiscard]] SharedHistogram const& commits() const noexcept { return commits_; }
    [[nodiscard]] std::uint64_t failures(std::size_t kind) const noexcept { return failures_[kind].value(); }
    /// Returns how long ago the token index was last proven to agree with the store; 0 if nothing was loaded yet.
    [[nodiscard]] std::chrono::duration<double> index_age() const noexcept {
        auto const current_at = current_at_.load(std::memory_order_relaxed);
        if (current_at == 0) return {};
        return Clock::now() - Clock::time_point{Clock::duration{current_at}};
    }

  private:
    SharedHistogram commits_{};
    std::array<SharedCounter, kStoreFailureCodes.size()> failures_{};
    std::atomic<Clock::rep> current_at_{0};
};

/// Counts changes of tokens that are durable. Thread-safe.
struct TokenMetrics {
    SharedCounter minted{};
    SharedCounter revoked{};
};

}  // namespace warder::metrics
