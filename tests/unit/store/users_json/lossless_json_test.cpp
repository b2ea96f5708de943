// SPDX-License-Identifier: MIT
#include "store/users_json/lossless_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::store {
namespace {

/// Returns the text as it is printed after parsing, or the error.
std::string reprinted(std::string_view text) {
    auto const value = parse_json(text);
    if (!value) return value.error();
    std::string out;
    print_json(out, *value, 0);
    return out;
}

TEST(PrintJson, FormatsLikePythonWithAnIndentOfFour) {
    EXPECT_EQ(reprinted(R"([{"a":1,"b":[],"c":{},"d":[1,"x",null]},true])"),
              "[\n    {\n        \"a\": 1,\n        \"b\": [],\n        \"c\": {},\n        \"d\": [\n            1,\n            \"x\",\n"
              "            null\n        ]\n    },\n    true\n]");
    EXPECT_EQ(reprinted(" \t\r\n false \n"), "false");
    auto const once = reprinted(R"({"a" : [ { "b":{ } , "c" : [ [ ] ] } ] , "d":"e" })");
    EXPECT_EQ(reprinted(once), once);
}

TEST(PrintJson, KeepsTheSpellingOfEveryNumber) {
    for (std::string const number : {"0", "-7", "18446744073709551615", "12345678901234567890123456789", "1e400", "-1e999", "-0", "-0.0", "1.10",
                                     "1E+2", "0.1000e-400", "0.12345678901234567890123456789", "123456789012345678901234567890.5"})
        EXPECT_EQ(reprinted(number), number);
}

TEST(PrintJson, PrintsStringsAndKeysLikePython) {
    EXPECT_EQ(reprinted(R"("caf\u00e9 \ud83d\ude00 \"\\\b\f\n\r\t \u0000")"), R"("caf\u00e9 \ud83d\ude00 \"\\\b\f\n\r\t \u0000")");
    EXPECT_EQ(reprinted("\"caf\xC3\xA9 \\/ \x7F\""), R"("caf\u00e9 / \u007f")");
    EXPECT_EQ(reprinted("{\"\xC3\xA9\":\"\"}"), "{\n    \"\\u00e9\": \"\"\n}");
}

TEST(PrintJson, KeepsTheOrderOfMembers) {
    std::string text{"{"};
    for (int i = 100; i > 0; --i) text += "\n    \"" + std::to_string(i) + "\": null" + (i > 1 ? "," : "\n}");
    EXPECT_EQ(reprinted(text), text);
}

TEST(PrintJson, PrintsNothingButNumbersWithoutQuotes) {
    auto const printed = [](boost::json::value const& value) {
        std::string out;
        print_json(out, value, 0);
        return out;
    };
    EXPECT_EQ(printed(make_number("1.5")), "1.5");
    EXPECT_EQ(printed(make_number("1, 2")), R"("\ufffd1, 2")");
    EXPECT_EQ(printed(make_number("")), R"("\ufffd")");
    EXPECT_EQ(printed(7), "7") << "a number that was not read";
}

TEST(ParseJson, RejectsWhatAValueCannotKeep) {
    struct Case {
        std::string text, error;
    };
    for (auto const& [text, error] : std::vector<Case>{
             {R"({"a":1,"b":2,"a":3})", "duplicate key, line 1, byte 15 of the file"},
             {R"([{"a":1,"\u0061":3}])", "duplicate key, line 1, byte 15 of the file"},
             {R"({"":{"a":{}},"":3})", "duplicate key, line 1, byte 14 of the file"},
             {"[\n\"\xFF\"]", "invalid UTF-8, line 2, byte 3 of the file"},
             {"\"\xED\xA0\x80\"", "invalid UTF-8, line 1, byte 1 of the file"},
             {R"(["\ud800"])", "unpaired surrogate, line 1, byte 8 of the file"},
             {R"(["\uDBFFx"])", "unpaired surrogate, line 1, byte 8 of the file"},
             {R"(["\udc00"])", "unpaired surrogate, line 1, byte 8 of the file"},
             {R"({"\ud800":1})", "unpaired surrogate, line 1, byte 8 of the file"},
             {R"("\ud800\ud800")", "illegal trailing surrogate, line 1, byte 9 of the file"},
             {R"(["\u12d4" 1])", "syntax error, line 1, byte 10 of the file"},
         })
        EXPECT_EQ(reprinted(text), error) << text;
    EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')));
    EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')));
}

// Boost 1.81 rejects such an exponent, and later versions accept it.
TEST(ParseJson, KeepsOrRejectsAnExponentBeyond32Bits) {
    EXPECT_THAT(reprinted("[1e99999999999]"), testing::AnyOf("[\n    1e99999999999\n]", "exponent overflow, line 1, byte 12 of the file"));
}

TEST(ParseJson, RejectsInvalidJson) {
    for (std::string const& text :
         std::vector<std::string>{"",          "[1,]",        "[1 2]",          "[1",       "[",      R"({"a":1)", R"({"a":1,})", R"({a:1})",
                                  "\"a",       "\"a\\\"",     R"("\x")",        "01",       "1.",     "-",         "+1",          "1e+",
                                  "NaN",       "nul",         "[] []",          "//",       "\"\n\"", R"("\u12")", R"({"a" 1})",  R"("\u12g4")",
                                  {"[]\0", 3}, {"\"\0\"", 3}, "\xEF\xBB\xBF[]", "Infinity", "'a'"})
        EXPECT_FALSE(parse_json(text)) << text;
}

TEST(ParseJson, ReportsLineAndByteOfAnError) {
    EXPECT_EQ(reprinted("[\n1,\n]"), "syntax error, line 3, byte 5 of the file");
    EXPECT_EQ(reprinted("[\n1,\n"), "incomplete JSON, line 3, byte 5 of the file");
    EXPECT_EQ(reprinted("[]\n\nx"), "unexpected text after the end, line 3, byte 4 of the file");
}

TEST(JsonMembers, ReturnsTextsAndNumbersOfTheirTypeOnly) {
    auto const value = parse_json(R"({"text":"caf\u00e9","digits":"17","number":17,"null":null,"\u0065":1e400})").value();
    auto const& object = value.get_object();
    EXPECT_EQ(text_in(object, "text"), "caf\xC3\xA9");
    EXPECT_EQ(text_in(object, "digits"), "17");
    EXPECT_EQ(number_in(object, "number"), "17");
    EXPECT_EQ(number_in(object, "e"), "1e400") << "however its key is written";
    for (auto const* const name : {"number", "null", "e", "missing"}) EXPECT_FALSE(text_in(object, name)) << name;
    for (auto const* const name : {"text", "digits", "null", "missing"}) EXPECT_FALSE(number_in(object, name)) << name;
}

}  // namespace
}  // namespace warder::store
