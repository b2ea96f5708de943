// SPDX-License-Identifier: MIT
#include "metrics/counter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace warder::metrics {
namespace {

TEST(Counter, OneThreadWritesWhileAnotherReads) {
    constexpr std::uint64_t kCount = 100'000;
    Counter counter;
    std::jthread const writer{[&] {
        for (std::uint64_t i = 0; i < kCount; ++i) counter.add();
    }};
    for (std::uint64_t seen = 0; seen < kCount;) {
        auto const now = counter.value();
        ASSERT_GE(now, seen);
        seen = now;
    }
    EXPECT_EQ(counter.value(), kCount);
}

TEST(SharedCounter, LosesNothingThatSeveralThreadsAdd) {
    constexpr std::uint64_t kCount = 20'000;
    SharedCounter counter;
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 4; ++i)
            writers.emplace_back([&] {
                for (std::uint64_t n = 0; n < kCount; ++n) counter.add(2);
            });
    }
    EXPECT_EQ(counter.value(), 4 * 2 * kCount);
}

TEST(Gauge, CountsWhatExists) {
    Gauge gauge;
    {
        Gauge::One const first{gauge};
        Gauge::One const second{gauge};
        EXPECT_EQ(gauge.value(), 2);
    }
    EXPECT_EQ(gauge.value(), 0);
}

}  // namespace
}  // namespace warder::metrics
