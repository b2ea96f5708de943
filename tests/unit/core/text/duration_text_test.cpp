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
    EXPECT_EQ(duration_text(Seconds{0.001}), "0.001 seconds");
    EXPECT_EQ(duration_text(Seconds{60.5}), "60.5 seconds");
    EXPECT_EQ(duration_text(Seconds{1e-7}), "0.0000001 seconds");
}

TEST(DurationText, UsesAPluralExceptForExactlyOne) {
    EXPECT_EQ(duration_text(Seconds{86'400}), "1 day");
    EXPECT_EQ(duration_text(Seconds{3'600}), "1 hour");
    EXPECT_EQ(duration_text(Seconds{7'200}), "2 hours");
    EXPECT_EQ(duration_text(Seconds{0.5}), "0.5 seconds");
}

TEST(DurationText, UsesTheNextSmallerUnitNextToALargerOne) {
    EXPECT_EQ(duration_text(Seconds{59}), "59 seconds");
    EXPECT_EQ(duration_text(Seconds{61}), "61 seconds");
    EXPECT_EQ(duration_text(Seconds{3'540}), "59 minutes");
    EXPECT_EQ(duration_text(Seconds{86'400 + 3'600}), "25 hours");
    EXPECT_EQ(duration_text(Seconds{364.0 * 86'400}), "364 days");
    EXPECT_EQ(duration_text(Seconds{366.0 * 86'400}), "366 days");
}

TEST(DurationText, WritesLargeNumbersWithoutAnExponent) {
    EXPECT_EQ(duration_text(Seconds{1e15 * 365.0 * 86'400}), "1000000000000000 years");
    EXPECT_EQ(duration_text(Seconds{1e9 + 1}), "1000000001 seconds");
}

TEST(DurationText, CountsANegativeDurationInSeconds) { EXPECT_EQ(duration_text(Seconds{-3'600}), "-3600 seconds"); }

}  // namespace
}  // namespace warder::core
