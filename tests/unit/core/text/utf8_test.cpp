// SPDX-License-Identifier: MIT
#include "core/text/utf8.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>

namespace warder::core {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, RejectsOverlongSurrogateAndTruncatedSequences) {
    for (auto const text : {"\xC0\x80"sv, "\xE0\x80\xAF"sv, "\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv, "\xFF"sv, "\xC3"sv, "\x80"sv})
        EXPECT_FALSE(is_utf8(text));
    EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
}

TEST(Utf8, ReportsTheOffsetOfTheFirstInvalidSequence) {
    EXPECT_EQ(find_not_utf8("caf\xC3\xA9"), std::nullopt);
    EXPECT_EQ(find_not_utf8("\xFF"), 0U);
    EXPECT_EQ(find_not_utf8("caf\xC3\xA9\xC3("), 5U);
    EXPECT_EQ(find_not_utf8("a\xF0\x9F\x98"), 1U);
}

}  // namespace
}  // namespace warder::core
