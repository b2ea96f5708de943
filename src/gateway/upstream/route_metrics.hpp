// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/upstream/upstream_failure.hpp"
#include "metrics/histogram.hpp"
#include "metrics/status_counts.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace warder::gateway {

/// What is counted of one route's upstream. It outlives a reload of the routes. Thread-safe.
class RouteMetrics {
  public:
    /// The kinds of failure that are the upstream's: all but `kCredential`.
    static constexpr std::size_t kKinds = static_cast<std::size_t>(FailureKind::kCredential);

    /// Counts an answer of the upstream.
    /// @param worker  the number of the worker. The first 16 write to cache lines of their own.
    /// @param took  from the attempt to connect to the end of the answer's head.
    void count_answer(unsigned worker, unsigned status, std::chrono::nanoseconds took) noexcept {
        auto& shard = shards_[worker % kShards];
        shard.answers.add(status);
        shard.durations.observe(took);
    }
    void count_failure(unsigned worker, FailureKind kind) noexcept {
        if (kind != FailureKind::kCredential) shards_[worker % kShards].failures[static_cast<std::size_t>(kind)].add();
    }

    /// @param slot  see `metrics::status_slot`.
    [[nodiscard]] std::uint64_t answers(std::size_t slot) const noexcept {
        std::uint64_t sum = 0;
        for (auto const& shard : shards_) sum += shard.answers.value(slot);
        return sum;
    }
    [[nodiscard]] std::uint64_t failures(std::size_t kind) const noexcept {
        std::uint64_t sum = 0;
        for (auto const& shard : shards_) sum += shard.failures[kind].value();
        return sum;
    }
    [[nodiscard]] metrics::HistogramTotals durations() const noexcept {
        metrics::HistogramTotals totals;
        for (auto const& shard : shards_) shard.durations.add_to(totals);
        return totals;
    }

  private:
    static constexpr std::size_t kShards = 16;
    struct alignas(64) Shard {
        metrics::StatusCounts<metrics::SharedCounter> answers{};
        metrics::SharedHistogram durations{};
        std::array<metrics::SharedCounter, kKinds> failures{};
    };
    std::array<Shard, kShards> shards_{};
};

}  // namespace warder::gateway
