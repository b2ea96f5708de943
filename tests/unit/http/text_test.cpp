// SPDX-License-Identifier: MIT
#include "http/text.hpp"

#include <gtest/gtest.h>

namespace warder::http {
namespace {

TEST(QuoteForMessage, KeepsReadableUnicode) {
    EXPECT_EQ(quote_for_message("\xD9\xA1 day"), "\xD9\xA1 day");
    EXPECT_EQ(quote_for_message("caf\xC3\xA9 \xF0\x9F\x94\x91"), "caf\xC3\xA9 \xF0\x9F\x94\x91");
}

TEST(QuoteForMessage, EscapesControlAndInvisibleCharacters) {
    EXPECT_EQ(quote_for_message("a\nb\x7F"), R"(a\x0Ab\x7F)");
    EXPECT_EQ(quote_for_message("\xC2\x85"), R"(\xC2\x85)");  // U+0085, next line
    EXPECT_EQ(quote_for_message("\xE2\x80\xAE"
                                "cod"),
              R"(\xE2\x80\xAEcod)");  // U+202E, right-to-left override
    EXPECT_EQ(quote_for_message("a\xE2\x80\x8B"
                                "b"),
              R"(a\xE2\x80\x8Bb)");                                           // U+200B, zero-width space
    EXPECT_EQ(quote_for_message("\xF3\xA0\x81\x81"), R"(\xF3\xA0\x81\x81)");  // U+E0041, tag letter
}

TEST(QuoteForMessage, EscapesInvalidUtf8ByteByByte) {
    EXPECT_EQ(quote_for_message("\xC3"), R"(\xC3)");
    EXPECT_EQ(quote_for_message("\xFF\xC3\xA9"), "\\xFF\xC3\xA9");
    EXPECT_EQ(quote_for_message("\xED\xA0\x80"), R"(\xED\xA0\x80)");  // a surrogate
}

TEST(QuoteForMessage, CutsBetweenCharacters) {
    EXPECT_EQ(quote_for_message("abc", 3), "abc");
    EXPECT_EQ(quote_for_message("abcd", 3), "abc...");
    EXPECT_EQ(quote_for_message("ab\xC3\xA9", 3), "ab...");
    EXPECT_EQ(quote_for_message("a\xC3\xA9", 3), "a\xC3\xA9");
}

TEST(QuoteForLog, KeepsPrintableAsciiOnly) {
    EXPECT_EQ(quote_for_log("a \xC3\xA9\n"), R"(a \xC3\xA9\x0A)");
    EXPECT_EQ(quote_for_log("abcd", 3), "abc...");
}

}  // namespace
}  // namespace warder::http
