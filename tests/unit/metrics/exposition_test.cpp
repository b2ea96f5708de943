// SPDX-License-Identifier: MIT
#include "metrics/exposition.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace warder::metrics {
namespace {

TEST(Exposition, FamilyHasHelpTypeAndSeries) {
    Exposition exposition;
    exposition.begin("warder_things_total", Type::kCounter, "Things.");
    exposition.add({{"kind", "a"}, {"color", "red"}}, 3U);
    exposition.add({}, std::uint64_t{18'446'744'073'709'551'615U});
    EXPECT_EQ(exposition.take(),
              "# HELP warder_things_total Things.\n"
              "# TYPE warder_things_total counter\n"
              "warder_things_total{kind=\"a\",color=\"red\"} 3\n"
              "warder_things_total 18446744073709551615\n");
}

TEST(Exposition, FamilyContinuesAfterItsTextWasTaken) {
    Exposition exposition;
    exposition.begin("x", Type::kGauge, "X.");
    exposition.add({}, 1);
    EXPECT_EQ(exposition.size(), 31U);
    EXPECT_EQ(exposition.take(), "# HELP x X.\n# TYPE x gauge\nx 1\n");
    EXPECT_EQ(exposition.size(), 0U);
    EXPECT_EQ(exposition.take(), "");
    exposition.add({}, 2);
    EXPECT_EQ(exposition.take(), "x 2\n");
}

TEST(Exposition, LabelValueIsEscaped) {
    Exposition exposition;
    exposition.begin("x", Type::kGauge, "X.");
    exposition.add({{"route", "/a\"b\\c\nd"}}, -1);
    EXPECT_THAT(exposition.take(), testing::HasSubstr(R"(x{route="/a\"b\\c\nd"} -1)"));
}

TEST(Exposition, HistogramIsCumulativeAndEndsWithInfinity) {
    HistogramTotals totals;
    totals.buckets[0] = 2;
    totals.buckets[3] = 1;
    totals.buckets[kDurationBounds.size()] = 4;
    totals.nanoseconds = 1'500'000'000;
    Exposition exposition;
    exposition.begin("d_seconds", Type::kHistogram, "D.");
    exposition.add({{"surface", "api"}}, totals);
    auto const text = exposition.take();
    using testing::HasSubstr;
    EXPECT_THAT(text, HasSubstr("d_seconds_bucket{surface=\"api\",le=\"0.0001\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_bucket{surface=\"api\",le=\"0.0005\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_bucket{surface=\"api\",le=\"0.001\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_bucket{surface=\"api\",le=\"10\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_bucket{surface=\"api\",le=\"+Inf\"} 7\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_sum{surface=\"api\"} 1.5\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_count{surface=\"api\"} 7\n"));
}

TEST(Exposition, HistogramWithoutLabelsHasOnlyTheBound) {
    Exposition exposition;
    exposition.begin("d_seconds", Type::kHistogram, "D.");
    exposition.add({}, HistogramTotals{});
    auto const text = exposition.take();
    EXPECT_THAT(text, testing::HasSubstr("d_seconds_bucket{le=\"+Inf\"} 0\n"));
    EXPECT_THAT(text, testing::HasSubstr("d_seconds_sum 0\n"));
}

TEST(Exposition, NumbersAreShortestAndIndependentOfTheLocale) {
    EXPECT_EQ(Exposition::number(0.1), "0.1");
    EXPECT_EQ(Exposition::number(1e21), "1e+21");
    EXPECT_EQ(Exposition::number(-0.25), "-0.25");
    EXPECT_EQ(Exposition::number(std::numeric_limits<double>::infinity()), "+Inf");
    EXPECT_EQ(Exposition::number(-std::numeric_limits<double>::infinity()), "-Inf");
    EXPECT_EQ(Exposition::number(std::nan("")), "NaN");
}

}  // namespace
}  // namespace warder::metrics
