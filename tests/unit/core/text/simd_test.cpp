// SPDX-License-Identifier: MIT
#include "core/text/simd.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::core {
namespace {

bool are_small_or_dashes(std::string_view text) {
    return all_bytes(text, 'a', [](SimdBytes bytes) { return in_range(bytes, 'a', 'z') | equal(bytes, '-'); });
}

TEST(AllBytes, AppliesThePredicateToEveryByteValue) {
    for (unsigned byte = 0; byte < 256; ++byte) {
        auto const c = static_cast<char>(byte);
        EXPECT_EQ(are_small_or_dashes({&c, 1}), (c >= 'a' && c <= 'z') || c == '-') << byte;
    }
}

TEST(AllBytes, FindsASingleMismatchAtEveryPosition) {
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

TEST(AllBytes, IgnoresBytesBeyondTheText) {
    constexpr std::string_view kText = "aaaaaaaaaaaaaaaaaaaaBBBB";
    EXPECT_TRUE(are_small_or_dashes(kText.substr(0, 20)));
    EXPECT_FALSE(are_small_or_dashes(kText.substr(0, 21)));
}

TEST(IsInAnyCase, ComparesEveryByteAtEverySize) {
    for (std::size_t size = 0; size < 40; ++size) {
        std::string const lower(size, 'q');
        std::string mixed;
        for (std::size_t at = 0; at < size; ++at) mixed += at % 2 == 0 ? 'q' : 'Q';
        EXPECT_TRUE(is_in_any_case(mixed, lower)) << size;
        EXPECT_FALSE(is_in_any_case(mixed + 'q', lower)) << size;
        for (std::size_t at = 0; at < size; ++at) {
            auto other = mixed;
            other[at] = 'r';
            EXPECT_FALSE(is_in_any_case(other, lower)) << size << " " << at;
        }
    }
}

TEST(IsInAnyCase, IgnoresTheCaseOfAsciiLettersOnly) {
    for (unsigned byte = 0; byte < 256; ++byte) {
        auto const c = static_cast<char>(byte);
        for (char const wanted : {'a', 'm', 'z', '-', '_', '0', '@', '[', '`', '{', '\xE0'}) {
            bool const is_letter = wanted >= 'a' && wanted <= 'z';
            EXPECT_EQ(is_in_any_case({&c, 1}, {&wanted, 1}), c == wanted || (is_letter && c == static_cast<char>(wanted - 0x20)))
                << byte << " " << wanted;
        }
    }
}

TEST(InRange, IncludesBothBounds) {
    auto const has_high_bit = [](std::string_view text) {
        return all_bytes(text, 0x80, [](SimdBytes bytes) { return in_range(bytes, 0x80, 0xFF); });
    };
    EXPECT_TRUE(has_high_bit("\x80\xFF"));
    EXPECT_FALSE(has_high_bit("\x7F"));
    EXPECT_TRUE(all_bytes("\x01\x7F\xFF", 0, [](SimdBytes bytes) { return in_range(bytes, 0, 0xFF); }));
}

}  // namespace
}  // namespace warder::core
