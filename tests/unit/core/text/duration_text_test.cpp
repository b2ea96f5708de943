// SPDX-License-Identifier: MIT
#include "core/text/duration_text.hpp"

#include <gtest/gtest.h>

namespace warder::core {
namespace {

TEST(DurationText, UsesTheLargestUnitThatDividesTheDuration) {
    EXPECT_EQ(duration_text(Seconds{1}), "1 second");
    EXPECT_EQ(duration_text(Seconds{60}), "1 minute");
    EXPECT_EQ(duration_text(Seconds{90}), "90 seconds");
    EXPECT_EQ(duration_text(Seconds{5400}), "90 minutes");
    EXPECT_EQ(duration_text(Seconds{30.0 * 86'400}), "30 days");
    EXPECT_EQ(duration_text(Seconds{365.0 * 86'400}), "1 year");
    EXPECT_EQ(duration_text(Seconds{10 * 365.0 * 86'400}), "10 years");
}

TEST(DurationText, KeepsFractionsOfASecond) {
    EXPECT_EQ(duration_text(Seconds{1.5}), "1.5 seconds");
    EXPECT_EQ(duration_text(Seconds{0}), "0 seconds");
}

}  // namespace
}  // namespace warder::core
