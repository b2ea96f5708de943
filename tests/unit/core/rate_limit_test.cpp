// SPDX-License-Identifier: MIT
#include "warder/rate_limit.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace warder::core {
namespace {

std::string canonical_rate(std::string_view text) {
    auto const limit = RateLimit::parse(text);
    return limit ? limit->text() : "";
}

TEST(RateLimit, IsReadInBothForms) {
    EXPECT_EQ(canonical_rate("1/second"), "1/second");
    EXPECT_EQ(canonical_rate("1000000 per day"), "1000000/day");
    EXPECT_EQ(canonical_rate("60 PER Minute"), "60/minute");
    EXPECT_EQ(canonical_rate("7/HOUR"), "7/hour");
    EXPECT_EQ(RateLimit::parse("7 per hour"), (RateLimit{.count = 7, .unit = RateLimit::Unit::kHour}));
}

TEST(RateLimit, RejectsEverythingElse) {
    using namespace std::string_view_literals;
    for (auto const none : {""sv,       "5"sv,      "5/"sv,      "/day"sv,    "0/day"sv,   "05/day"sv,  "1000001/day"sv, "99999999999999999999/day"sv,
                            "-1/day"sv, "+1/day"sv, "1.5/day"sv, "5/days"sv,  "5/da"sv,    "5 / day"sv, "5/ day"sv,      "5 per  day"sv,
                            " 5/day"sv, "5/day "sv, "5 day"sv,   "5perday"sv, "5/day\0"sv, "day/5"sv,   "5/per day"sv})
        EXPECT_EQ(canonical_rate(none), "") << none;
}

TEST(RateLimit, HasThePeriodOfItsUnit) {
    EXPECT_EQ(RateLimit::parse("9/second")->period(), std::chrono::seconds{1});
    EXPECT_EQ(RateLimit::parse("9/minute")->period(), std::chrono::minutes{1});
    EXPECT_EQ(RateLimit::parse("9/hour")->period(), std::chrono::hours{1});
    EXPECT_EQ(RateLimit::parse("9/day")->period(), std::chrono::hours{24});
}

}  // namespace
}  // namespace warder::core
