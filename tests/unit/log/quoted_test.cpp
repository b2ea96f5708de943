// SPDX-License-Identifier: MIT
#include "log/quoted.hpp"

#include "core/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::log {
namespace {

using namespace std::string_literals;

std::string in_quotes(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

/// Returns the string that a JSON reader decodes from the quoted text, or "unreadable".
std::string read_back(std::string_view text) {
    auto const value = core::read_json(in_quotes(text));
    return value && value->is_string() ? std::string{value->get_string()} : "unreadable";
}

TEST(AppendQuoted, KeepsPrintableAsciiAndEscapesQuotesAndBackslashes) {
    EXPECT_EQ(in_quotes(""), R"("")");
    EXPECT_EQ(in_quotes("a b=c/~{}"), R"("a b=c/~{}")");
    EXPECT_EQ(in_quotes(R"(say "x" \n)"), R"("say \"x\" \\n")");
}

TEST(AppendQuoted, EscapesLineBreaksAndTerminalControlSequences) {
    EXPECT_EQ(in_quotes("a\nb\r\t\0\x1B[31m\x7F"s), R"("a\u000ab\u000d\u0009\u0000\u001b[31m\u007f")");
    EXPECT_EQ(in_quotes("\xC2\x9B"), R"("\u009b")") << "the control sequence introducer in one character";
    EXPECT_EQ(in_quotes("\xE2\x80\xA8\xE2\x80\xAE"), R"("\u2028\u202e")") << "a line separator, and text turned right to left";
}

TEST(AppendQuoted, EscapesNonAsciiCharactersAsUtf16CodeUnits) {
    EXPECT_EQ(in_quotes("caf\xC3\xA9"), R"("caf\u00e9")");
    EXPECT_EQ(in_quotes("\xE4\xB8\xAD\xF0\x9F\x94\x91"), R"("\u4e2d\ud83d\udd11")");
    for (std::string_view const text : {"caf\xC3\xA9", "\xE4\xB8\xAD\xF0\x9F\x94\x91", "\x7F\x1F\"\\", "\xF4\x8F\xBF\xBF"})
        EXPECT_EQ(read_back(text), text);
}

TEST(AppendQuoted, ReplacesEachInvalidUtf8Byte) {
    EXPECT_EQ(in_quotes("a\xFFz"), R"("a\ufffdz")");
    EXPECT_EQ(in_quotes("\x80"), R"("\ufffd")") << "a continuation without a beginning";
    EXPECT_EQ(in_quotes("\xC3"), R"("\ufffd")") << "truncated";
    EXPECT_EQ(in_quotes("\xE4\xB8z"), R"("\ufffd\ufffdz")") << "truncated";
    EXPECT_EQ(in_quotes("\xC0\x80"), R"("\ufffd\ufffd")") << "overlong";
    EXPECT_EQ(in_quotes("\xE0\x9F\xBF"), R"("\ufffd\ufffd\ufffd")") << "overlong";
    EXPECT_EQ(in_quotes("\xED\xA0\x80"), R"("\ufffd\ufffd\ufffd")") << "a surrogate";
    EXPECT_EQ(in_quotes("\xF4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")") << "beyond Unicode";
}

TEST(AppendQuoted, TruncatesAt256BytesBetweenCharacters) {
    EXPECT_EQ(in_quotes(std::string(256, 'x')), '"' + std::string(256, 'x') + '"');
    EXPECT_EQ(in_quotes(std::string(257, 'x')), '"' + std::string(256, 'x') + '"');
    EXPECT_EQ(in_quotes(std::string(255, 'x') + "\n" + "y"), '"' + std::string(255, 'x') + R"(\u000a")") << "no escape is broken";
    for (std::string const character : {"\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x9F\x94\x91"}) {
        auto const remaining = 256 - character.size();
        EXPECT_EQ(read_back(std::string(remaining, 'x') + character + "y"), std::string(remaining, 'x') + character) << "it fits to the byte";
        EXPECT_EQ(read_back(std::string(remaining + 1, 'x') + character), std::string(remaining + 1, 'x')) << "it would be cut in two";
    }
}

TEST(IsBareWord, AcceptsOnlyTextThatLogfmtNeedNotQuote) {
    for (std::string_view const text : {"a", "/v1alpha/token/", "GET", "-", "{", "'", "~"}) EXPECT_TRUE(is_bare_word(text)) << text;
    for (std::string_view const text : {"", " ", "a b", "a=b", "\"", "\\", "a\n", "\x7F", "\xC3\xA9"}) EXPECT_FALSE(is_bare_word(text)) << text;
    EXPECT_TRUE(is_bare_word(std::string(256, 'x')));
    EXPECT_FALSE(is_bare_word(std::string(257, 'x'))) << "it must be truncated";
}

}  // namespace
}  // namespace warder::log
