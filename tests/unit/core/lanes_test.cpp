// SPDX-License-Identifier: MIT
#include "core/lanes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::core {
namespace {

bool are_small_or_dashes(std::string_view text) {
    return all_bytes(text, 'a', [](Lanes bytes) { return are_within(bytes, 'a', 'z') | are(bytes, '-'); });
}

TEST(AllBytes, JudgesEveryByteAsItIs) {
    for (unsigned byte = 0; byte < 256; ++byte) {
        auto const c = static_cast<char>(byte);
        EXPECT_EQ(are_small_or_dashes({&c, 1}), (c >= 'a' && c <= 'z') || c == '-') << byte;
    }
}

TEST(AllBytes, SeesTheOneBadByteWhereverItIs) {
    for (std::size_t size = 0; size < 70; ++size) {
        std::string text(size, 'q');
        EXPECT_TRUE(are_small_or_dashes(text)) << size;
        for (std::size_t at = 0; at < size; ++at) {
            text[at] = '{';
            EXPECT_FALSE(are_small_or_dashes(text)) << size << " " << at;
            text[at] = 'q';
        }
    }
}

TEST(AllBytes, JudgesNothingBeyondTheText) {
    constexpr std::string_view kText = "aaaaaaaaaaaaaaaaaaaaBBBB";
    EXPECT_TRUE(are_small_or_dashes(kText.substr(0, 20)));
    EXPECT_FALSE(are_small_or_dashes(kText.substr(0, 21)));
}

TEST(AreWithin, HasBothEnds) {
    auto const has_high_bit = [](std::string_view text) { return all_bytes(text, 0x80, [](Lanes bytes) { return are_within(bytes, 0x80, 0xFF); }); };
    EXPECT_TRUE(has_high_bit("\x80\xFF"));
    EXPECT_FALSE(has_high_bit("\x7F"));
    EXPECT_TRUE(all_bytes("\x01\x7F\xFF", 0, [](Lanes bytes) { return are_within(bytes, 0, 0xFF); }));
}

}  // namespace
}  // namespace warder::core
