// SPDX-License-Identifier: MIT
#include "core/plain_seconds.hpp"

#include <gtest/gtest.h>

namespace warder::core {
namespace {

TEST(ReadDurationOrSeconds, ReadsABareNumberAsSeconds) {
    EXPECT_EQ(read_duration_or_seconds("90").value(), Seconds{90});
    EXPECT_EQ(read_duration_or_seconds("0").value(), Seconds{0});
    EXPECT_EQ(read_duration_or_seconds("1.5").value(), Seconds{1.5});
    EXPECT_EQ(read_duration_or_seconds(".5").value(), Seconds{0.5});
    EXPECT_EQ(read_duration_or_seconds("1e3").value(), Seconds{1000});
    EXPECT_EQ(read_duration_or_seconds("+7").value(), Seconds{7});
    EXPECT_EQ(read_duration_or_seconds("-7").value(), Seconds{-7});
    EXPECT_EQ(read_duration_or_seconds(" 90\n").value(), Seconds{90});
    EXPECT_EQ(read_duration_or_seconds("1e-999").value(), Seconds{0});
}

TEST(ReadDurationOrSeconds, ReadsNonNumericTextsAsDurations) {
    for (auto const* text : {"6 minutes", "1h30m", ":22", "1:24", "P3M", "1.2 minutes", "- 1 minute"})
        EXPECT_EQ(read_duration_or_seconds(text).value(), read_duration(text).value()) << text;
}

TEST(ReadDurationOrSeconds, RejectsTextsThatAreNeitherNumberNorDuration) {
    for (auto const* text : {"", " ", "inf", "nan", "0x10", "1 2", "1,5", "--1", "+-1", "1e", "e3", ".", "1.2.3", "90 x", "soon", "1_000"})
        EXPECT_FALSE(read_duration_or_seconds(text).has_value()) << text;
    EXPECT_EQ(read_duration_or_seconds("1e999").error().reason, DurationError::Reason::kOverflow);
    EXPECT_EQ(read_duration_or_seconds("9007199254740992").error().reason, DurationError::Reason::kOverflow);
}

}  // namespace
}  // namespace warder::core
