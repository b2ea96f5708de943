// SPDX-License-Identifier: MIT
#include "index/rate_bucket.hpp"

#include <algorithm>
#include <limits>

namespace warder::index {
namespace {

// No clock gets there, and sums of a time and the longest period don't overflow.
constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max() / 4;

std::int64_t nanoseconds_of(RateBucket::Time time) noexcept {
    auto const count = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
    return std::clamp<std::int64_t>(count, -kLatest, kLatest);
}

}  // namespace

RateBucket::RateBucket(RateLimit const& limit) noexcept
    : interval_{(std::chrono::nanoseconds{limit.period()}.count() + limit.count - 1) / limit.count},
      size_{interval_ * limit.count},
      full_at_{-kLatest} {}

RateBucket::Step RateBucket::step(std::int64_t full_at, std::int64_t now) const noexcept {
    auto const next = std::max(full_at, now) + interval_;
    return {.full_at = next, .wait = Wait{std::max<std::int64_t>(next - now - size_, 0)}};
}

RateBucket::Wait RateBucket::wait(Time now) const noexcept { return step(full_at_.load(std::memory_order_relaxed), nanoseconds_of(now)).wait; }

RateBucket::Wait RateBucket::take(Time now) noexcept {
    auto const time = nanoseconds_of(now);
    auto full_at = full_at_.load(std::memory_order_relaxed);
    for (;;) {
        auto const next = step(full_at, time);
        if (next.wait > Wait{0}) return next.wait;
        // The number alone is the state, so nothing else needs to be ordered.
        if (full_at_.compare_exchange_weak(full_at, next.full_at, std::memory_order_relaxed)) return Wait{0};
    }
}

void RateBucket::give_back(Time now) noexcept {
    auto const time = nanoseconds_of(now);
    auto full_at = full_at_.load(std::memory_order_relaxed);
    while (full_at > time && !full_at_.compare_exchange_weak(full_at, full_at - interval_, std::memory_order_relaxed)) {}
}

}  // namespace warder::index
