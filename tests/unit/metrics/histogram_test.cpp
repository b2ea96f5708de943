// SPDX-License-Identifier: MIT
#include "metrics/histogram.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::metrics {
namespace {

using namespace std::chrono_literals;

HistogramTotals totals_of(Histogram const& histogram) {
    HistogramTotals totals;
    histogram.add_to(totals);
    return totals;
}

TEST(Histogram, BoundBelongsToItsBucket) {
    Histogram histogram;
    histogram.observe(100us);
    histogram.observe(100us + 1ns);
    auto const totals = totals_of(histogram);
    EXPECT_EQ(totals.buckets[0], 1U);
    EXPECT_EQ(totals.buckets[1], 1U);
}

TEST(Histogram, DurationBeyondEveryBoundIsInTheLastBucket) {
    Histogram histogram;
    histogram.observe(10s);
    histogram.observe(10s + 1ns);
    histogram.observe(24h);
    auto const totals = totals_of(histogram);
    EXPECT_EQ(totals.buckets[kDurationBounds.size() - 1], 1U);
    EXPECT_EQ(totals.buckets[kDurationBounds.size()], 2U);
}

TEST(Histogram, NegativeDurationCountsAsZero) {
    Histogram histogram;
    histogram.observe(-5ns);
    auto const totals = totals_of(histogram);
    EXPECT_EQ(totals.buckets[0], 1U);
    EXPECT_EQ(totals.nanoseconds, 0U);
}

TEST(Histogram, TotalsAddUpSeveralHistograms) {
    Histogram first;
    Histogram second;
    first.observe(2ms);
    second.observe(3ms);
    HistogramTotals totals;
    first.add_to(totals);
    second.add_to(totals);
    EXPECT_EQ(totals.nanoseconds, 5'000'000U);
    EXPECT_EQ(totals.buckets[4], 1U);
    EXPECT_EQ(totals.buckets[5], 1U);
}

TEST(Histogram, TextOfABoundIsItsValueInSeconds) {
    for (auto const& bound : kDurationBounds)
        EXPECT_DOUBLE_EQ(std::stod(bound.text), std::chrono::duration<double>{bound.limit}.count()) << bound.text;
}

}  // namespace
}  // namespace warder::metrics
