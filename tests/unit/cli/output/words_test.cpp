// SPDX-License-Identifier: MIT
#include "cli/output/words.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace warder::cli {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kNow{seconds{1'795'000'000}};

TEST(InWords, RoundsToOneUnitFromFiveOn) {
    EXPECT_EQ(in_words(days{90} - seconds{2}), "90 days");
    EXPECT_EQ(in_words(hours{23} + minutes{29}), "23 hours");
    EXPECT_EQ(in_words(days{5} + hours{12}), "6 days");
    EXPECT_EQ(in_words(days{365 * 10}), "10 years");
}

TEST(InWords, AddsTheNextUnitBelowFive) {
    EXPECT_EQ(in_words(hours{33}), "1 day, 9 hours");
    EXPECT_EQ(in_words(days{400}), "1 year, 35 days");
    EXPECT_EQ(in_words(seconds{61}), "1 minute, 1 second");
}

TEST(InWords, RoundsUpToTheNextUnit) {
    EXPECT_EQ(in_words(days{3} - seconds{1}), "3 days");
    EXPECT_EQ(in_words(days{2} - seconds{1}), "2 days");
    EXPECT_EQ(in_words(hours{1} - seconds{1}), "1 hour");
    EXPECT_EQ(in_words(days{365} - seconds{1}), "1 year");
    EXPECT_EQ(in_words(days{1825} - seconds{1}), "5 years");
}

TEST(InWords, HasNoFractionsOfASecond) {
    EXPECT_EQ(in_words(microseconds{1}), "1 second");
    EXPECT_EQ(in_words(microseconds{0}), "1 second");
    EXPECT_EQ(in_words(microseconds{1'000'001}), "2 seconds");
}

TEST(Ago, IsJustNowForAMinute) {
    EXPECT_EQ(ago(kNow, kNow), "just now");
    EXPECT_EQ(ago(kNow - seconds{59}, kNow), "just now");
    EXPECT_EQ(ago(kNow - seconds{60}, kNow), "1 minute ago");
    EXPECT_EQ(ago(kNow - days{3}, kNow), "3 days ago");
    EXPECT_EQ(ago(kNow + days{3}, kNow), "just now") << "the clock was set back";
}

TEST(Dates, AreInUtc) {
    EXPECT_EQ(date_and_time(kNow), "2026-11-18 11:06 UTC");
    EXPECT_EQ(date(kNow), "2026-11-18");
}

TEST(Summary, CountsTheOtherGrants) {
    auto const grants = [](auto const& texts) { return summary(**GrantList::parse(texts)); };
    EXPECT_EQ(grants(std::array{std::string{"GET /a"}}), "GET /a");
    EXPECT_EQ(grants(std::array{std::string{"GET /a"}, std::string{"/b"}, std::string{"/c"}}), "GET /a, and 2 more");
}

}  // namespace
}  // namespace warder::cli
