// SPDX-License-Identifier: MIT
#include "metrics/count_snapshot.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace warder::metrics {
namespace {

TEST(CountSnapshot, ReturnsCountsInTheirOrder) {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    for (auto const& counts : std::vector<std::vector<std::uint64_t>>{{}, {0}, {0, 0, 7, 0, 1, kMost, 0}, {3, 0, 0}, {1, 2}}) {
        CountSnapshot snapshot;
        for (auto const count : counts) snapshot.add(count);
        for (auto const count : counts) EXPECT_EQ(snapshot.take(), count);
    }
}

TEST(CountSnapshot, HasZerosBeyondItsEnd) {
    CountSnapshot snapshot;
    snapshot.add(1);
    EXPECT_EQ(snapshot.take(), 1U);
    EXPECT_EQ(snapshot.take(), 0U);
}

}  // namespace
}  // namespace warder::metrics
