// SPDX-License-Identifier: MIT
#include "warder/duration.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

namespace warder {
namespace {

struct Case {
    std::string_view text;
    double seconds;
};

double read(std::string_view text) {
    auto const duration = read_duration(text);
    return duration ? duration->count() : std::numeric_limits<double>::quiet_NaN();
}

TEST(ReadDuration, ReadsWordsAndClockNotation) {
    for (auto const& [text, seconds] : {Case{"6 minutes", 360},
                                        {"1.2 minutes", 72},
                                        {"1h30m", 5400},
                                        {"2 days, 4:13:02", 187'982},
                                        {":22", 22},
                                        {"1:24", 84},
                                        {"5:10:11:12", 468'672},
                                        {"1w2d", 777'600},
                                        {"1.5 s", 1.5},
                                        {"1.005 minutes", 60},
                                        {"- 1 minute", -60},
                                        {"6 MINUTES", 360}})
        EXPECT_EQ(read(text), seconds) << text;
}

TEST(ReadDuration, AcceptsYearsAndMonthsOnlyBeforeWeeks) {
    for (auto const& [text, seconds] :
         {Case{"3 months", 7'776'000}, {"1y2mo", 36'720'000}, {"1 yr", 31'536'000}, {"2 years, 1 mo, 1w", 66'268'800}, {"1y 4:13:02", 31'551'182}})
        EXPECT_EQ(read(text), seconds) << text;
    EXPECT_FALSE(read_duration("1w 1y"));
    EXPECT_FALSE(read_duration("1mo1y"));
}

TEST(ReadDuration, ReadsIso8601InUpperAndLowerCase) {
    for (auto const& [text, seconds] :
         {Case{"P3M", 7'776'000}, {"PT15M", 900}, {"P1Y2M10DT2H30M", 37'593'000}, {"P2W", 1'209'600}, {"pt1.5s", 1.5}, {"PT0,5H", 1800}})
        EXPECT_EQ(read(text), seconds) << text;
}

TEST(ReadDuration, RejectsMalformedIso8601) {
    for (std::string_view const text :
         {"P",    "PT",   "P1",   "P1DT", "-P1D", "P1.5DT2H", "P1.5Y2M", "P1W2D", "P1M1Y",  "PT1.S", "P1H",     "PT1D", "P 1D",
          "1P1D", "+P1D", "P+1D", "P1D,", "P0.5", "P1YT",     "PT1M1H",  "P1W1D", "P1WT1H", "P.5D",  "P1.5.5D", "PP1D"})
        EXPECT_FALSE(read_duration(text)) << text;
}

TEST(ReadDuration, ReportsTheOffsetOfTheFirstUnreadableByte) {
    auto const duration = read_duration("6 fortnights");
    ASSERT_FALSE(duration.has_value());
    EXPECT_EQ(duration.error().reason, DurationError::Reason::kUnreadable);
    EXPECT_EQ(duration.error().offset, 2U);
}

TEST(ReadDuration, RejectsNonAsciiText) {
    auto const duration = read_duration("6 minute\xC5\xBF");  // U+017F, the long s, which Python's re.I matches with "s"
    ASSERT_FALSE(duration.has_value());
    EXPECT_EQ(duration.error().offset, 8U);
}

TEST(ReadDuration, ReportsOverflowForHugeValues) {
    auto const duration = read_duration("99999999999999999999 weeks");
    ASSERT_FALSE(duration.has_value());
    EXPECT_EQ(duration.error().reason, DurationError::Reason::kOverflow);
}

TEST(ReadDuration, ReadsUnderflowingFractionsAsZero) {
    auto const tiny = "0." + std::string(400, '0') + "1";
    EXPECT_EQ(read(tiny + " s"), 0);
    EXPECT_EQ(read("1 m " + tiny + " s"), 60);
    EXPECT_EQ(read_duration(std::string(400, '9') + ".5 s").error().reason, DurationError::Reason::kOverflow);
}

TEST(ReadDuration, NeverReturnsNegativeZero) {
    for (auto const* text : {"-0 s", "-0.0 s", "- :00", "PT0S"}) {
        EXPECT_EQ(read(text), 0) << text;
        EXPECT_FALSE(std::signbit(read(text))) << text;
    }
}

TEST(ReadDuration, ReportsOverflowBeyondTheLargestExactInteger) {
    EXPECT_EQ(read("9007199254740991 s"), 9'007'199'254'740'991.0);
    for (auto const* text :
         {"9007199254740992 s", "9007199254740993 s", "-9007199254740992s", "14892855911 w", "P9007199254740992D", "PT9007199254740992S"})
        EXPECT_EQ(read_duration(text).error().reason, DurationError::Reason::kOverflow) << text;
}

TEST(ReadDuration, AcceptsSurroundingWhiteSpaceOnlyForWordsAndClocks) {
    EXPECT_EQ(read(" \t6 minutes \n"), 360);
    EXPECT_EQ(read("\n :22 "), 22);
    for (auto const* text : {"6\n\nminutes", "1 s\n\n", " P3M", "P3M ", "P3M\n"}) EXPECT_FALSE(read_duration(text)) << text;
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) bytes += static_cast<char>(std::stoi(std::string{hex.substr(at, 2)}, nullptr, 16));
    return bytes;
}

TEST(ReadDuration, MatchesPytimeparseOnGeneratedTexts) {
    struct Close {
        void operator()(std::FILE* file) const { pclose(file); }
    };
    std::unique_ptr<std::FILE, Close> const oracle{popen("/usr/bin/python3 " WARDER_TEST_SOURCE "/duration_oracle.py 30000 20261124", "r")};
    ASSERT_TRUE(oracle);
    int compared = 0;
    int readable = 0;
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), line.size(), oracle.get()) != nullptr) {
        std::string_view const all{line.data()};
        auto const tab = all.find('\t');
        ASSERT_NE(tab, std::string_view::npos);
        auto const text = from_hex(all.substr(0, tab));
        auto const expected = std::string{all.substr(tab + 1, all.find('\n') - tab - 1)};
        auto const duration = read_duration(text);
        if (expected == "none" || expected == "raise") {
            ASSERT_FALSE(duration) << testing::PrintToString(text) << " is " << expected << " there, here " << duration->count();
        } else {
            ASSERT_TRUE(duration) << testing::PrintToString(text) << " is " << expected << " there";
            ASSERT_EQ(duration->count(), std::strtod(expected.c_str(), nullptr)) << testing::PrintToString(text);
            ++readable;
        }
        ++compared;
    }
    EXPECT_EQ(compared, 30'000);
    EXPECT_GT(readable, 3'000);
}

TEST(ValidateLifetime, ReportsTooShortTooLongAndUnreadableLifetimes) {
    Seconds const year{31'536'000};
    EXPECT_EQ(validate_lifetime("1 second", year)->count(), 1);
    EXPECT_EQ(validate_lifetime("0.5 seconds", year).error(), LifetimeError::kTooShort);
    EXPECT_EQ(validate_lifetime("0s", year).error(), LifetimeError::kTooShort);
    EXPECT_EQ(validate_lifetime("-3 minutes", year).error(), LifetimeError::kTooShort);
    EXPECT_TRUE(validate_lifetime("1 year", year));
    EXPECT_EQ(validate_lifetime("1 year 1 second", year).error(), LifetimeError::kTooLong);
    EXPECT_EQ(validate_lifetime("soon", year).error(), LifetimeError::kUnreadable);
    EXPECT_TRUE(validate_lifetime("1 s" + std::string(125, ' '), year));
    EXPECT_EQ(validate_lifetime("1 s" + std::string(126, ' '), year).error(), LifetimeError::kUnreadable);
    EXPECT_EQ(validate_lifetime(Seconds{std::numeric_limits<double>::quiet_NaN()}, year).error(), LifetimeError::kTooShort);
    EXPECT_EQ(validate_lifetime(Seconds{std::numeric_limits<double>::infinity()}, year).error(), LifetimeError::kTooLong);
}

}  // namespace
}  // namespace warder
