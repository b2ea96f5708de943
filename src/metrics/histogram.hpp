// SPDX-License-Identifier: MIT
#pragma once

#include "metrics/counter.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace warder::metrics {

/// A bucket of durations: its upper bound, which belongs to it, and the bound as the label `le`.
struct DurationBound {
    std::chrono::nanoseconds limit;
    char const* text;
};

/// The bounds of all histograms, in seconds. Decisions take less than the first, password hashes and slow upstreams more
/// than most.
inline constexpr auto kDurationBounds = std::to_array<DurationBound>({
    {std::chrono::microseconds{100}, "0.0001"},
    {std::chrono::microseconds{250}, "0.00025"},
    {std::chrono::microseconds{500}, "0.0005"},
    {std::chrono::milliseconds{1}, "0.001"},
    {std::chrono::microseconds{2500}, "0.0025"},
    {std::chrono::milliseconds{5}, "0.005"},
    {std::chrono::milliseconds{10}, "0.01"},
    {std::chrono::milliseconds{25}, "0.025"},
    {std::chrono::milliseconds{50}, "0.05"},
    {std::chrono::milliseconds{100}, "0.1"},
    {std::chrono::milliseconds{250}, "0.25"},
    {std::chrono::milliseconds{500}, "0.5"},
    {std::chrono::seconds{1}, "1"},
    {std::chrono::milliseconds{2500}, "2.5"},
    {std::chrono::seconds{5}, "5"},
    {std::chrono::seconds{10}, "10"},
});
static_assert(std::ranges::is_sorted(kDurationBounds, {}, &DurationBound::limit));

/// The sum of histograms at one time.
struct HistogramTotals {
    std::array<std::uint64_t, kDurationBounds.size() + 1> buckets{};  ///< Not cumulative; the last one has what exceeds every bound.
    std::uint64_t nanoseconds = 0;
};

/// Counts durations by size. Which threads may write is up to `Count`: `Counter` or `SharedCounter`.
template <class Count>
class BasicHistogram {
  public:
    /// Counts a duration. A negative one counts as 0: clocks of different sources may differ.
    void observe(std::chrono::nanoseconds duration) noexcept {
        std::size_t bucket = 0;
        while (bucket < kDurationBounds.size() && duration > kDurationBounds[bucket].limit) ++bucket;
        buckets_[bucket].add();
        nanoseconds_.add(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)));
    }

    void add_to(HistogramTotals& totals) const noexcept {
        for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) totals.buckets[bucket] += buckets_[bucket].value();
        totals.nanoseconds += nanoseconds_.value();
    }

  private:
    std::array<Count, kDurationBounds.size() + 1> buckets_{};
    Count nanoseconds_{};
};

using Histogram = BasicHistogram<Counter>;
using SharedHistogram = BasicHistogram<SharedCounter>;

}  // namespace warder::metrics
