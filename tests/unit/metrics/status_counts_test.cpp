// SPDX-License-Identifier: MIT
#include "metrics/status_counts.hpp"

#include "metrics/counter.hpp"

#include <gtest/gtest.h>

namespace warder::metrics {
namespace {

TEST(StatusCounts, EachKnownCodeHasItsOwnSlot) {
    for (std::size_t slot = 0; slot < kStatusCodes.size(); ++slot) EXPECT_EQ(status_slot(kStatusCodes[slot]), slot);
    EXPECT_EQ(status_label(status_slot(200)), "200");
    EXPECT_EQ(status_label(status_slot(511)), "511");
}

TEST(StatusCounts, UnknownCodesShareOneSlot) {
    for (auto const status : {0U, 102U, 299U, 512U, 599U, 999U, 4'000'000'000U}) EXPECT_EQ(status_label(status_slot(status)), "other") << status;
}

TEST(StatusCounts, CountsByCode) {
    StatusCounts<Counter> counts;
    counts.add(204);
    counts.add(204);
    counts.add(299);
    EXPECT_EQ(counts.value(status_slot(204)), 2U);
    EXPECT_EQ(counts.value(status_slot(999)), 1U);
    EXPECT_EQ(counts.value(status_slot(200)), 0U);
}

}  // namespace
}  // namespace warder::metrics
