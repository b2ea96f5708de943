// SPDX-License-Identifier: MIT
#include "store/users_json/json_layout.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::store {
namespace {

std::string laid_out(std::string_view text) {
    auto const result = lay_out(text);
    return result ? *result : "byte " + std::to_string(result.error().offset) + ": " + std::string{result.error().why};
}

TEST(LayOut, FormatsLikePythonWithAnIndentOfFour) {
    EXPECT_EQ(laid_out(R"([{"a":1,"b":[],"c":{},"d":[1,"x",null]},true])"),
              "[\n    {\n        \"a\": 1,\n        \"b\": [],\n        \"c\": {},\n        \"d\": [\n            1,\n            \"x\",\n"
              "            null\n        ]\n    },\n    true\n]");
    EXPECT_EQ(laid_out(" \t\r\n 7 \n"), "7");
}

TEST(LayOut, KeepsEveryByteOfStringsAndNumbers) {
    for (std::string const text : {"12345678901234567890123456789", "1e999", "-0", "-0.0", "1.10", "1E+2", "0.1000e-400", "\"caf\\u00e9\"",
                                   "\"caf\xC3\xA9\"", "\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\x7F\""})
        EXPECT_EQ(laid_out(text), text);
}

TEST(LayOut, IsIdempotent) {
    auto const once = laid_out(R"({"a" : [ { "b":{ } , "c" : [ [ ] ] } ] , "d":"e" })");
    EXPECT_EQ(laid_out(once), once);
}

TEST(LayOut, ReportsErrorAndOffsetOfInvalidJson) {
    struct Case {
        std::string text, says;
    };
    for (auto const& [text, says] : std::vector<Case>{
             {"", "byte 0: a value is missing"},
             {"[1,]", "byte 3: a value is missing"},
             {"[1 2]", "byte 3: a comma or the end of the list is missing"},
             {"[1", "byte 2: a comma or the end of the list is missing"},
             {"[", "byte 1: a value is missing"},
             {R"({"a":1)", "byte 6: a comma or the end of the object is missing"},
             {R"({"a":1,})", "byte 7: a key is missing"},
             {R"({a:1})", "byte 1: a key is missing"},
             {R"({"a" 1})", "byte 5: a colon is missing"},
             {R"({"a":1,"b":2,"a":3})", "byte 13: duplicate key"},
             {R"({"a":1,"\u0061":3})", "byte 7: duplicate key"},
             {R"({"\ud800":1})", "byte 1: a key has an unpaired surrogate"},
             {"\"a", "byte 2: a string has no closing quote"},
             {"\"a\\\"", "byte 4: a string has no closing quote"},
             {"\"\\", "byte 1: a string has an invalid escape sequence"},
             {R"("\x")", "byte 1: a string has an invalid escape sequence"},
             {R"("\u12g4")", "byte 2: a string has an invalid escape sequence"},
             {R"("\u12)", "byte 2: a string has an invalid escape sequence"},
             {"\"a\nb\"", "byte 2: a string has a control character"},
             {std::string{"\"a\0b\"", 5}, "byte 2: a string has a control character"},
             {"\"\xFF\"", "byte 1: invalid UTF-8"},
             {"01", "byte 1: unexpected text after the end"},
             {"1.", "byte 2: invalid number"},
             {"-", "byte 1: invalid number"},
             {"+1", "byte 0: a value is missing"},
             {"1e+", "byte 3: invalid number"},
             {"NaN", "byte 0: a value is missing"},
             {"nul", "byte 0: a value is missing"},
             {"[] []", "byte 3: unexpected text after the end"},
             {std::string{"[]\0", 3}, "byte 2: unexpected text after the end"},
             {"\xEF\xBB\xBF[]", "byte 0: a value is missing"},
             {std::string(65, '[') + std::string(65, ']'), "byte 64: nested too deeply"},
         })
        EXPECT_EQ(laid_out(text), says) << text;
    EXPECT_TRUE(lay_out(std::string(64, '[') + std::string(64, ']')));
}

TEST(DescribePlace, ReportsLineAndByteOfAnOffset) { EXPECT_EQ(describe_position("[\n1,\n]", 5), "line 3, byte 5 of the file"); }

TEST(JsonMembers, FindsMembersAndElementsDespiteBracketsInStrings) {
    auto const text = laid_out(R"([{"a":"}],\\\"","b":{"c":[1,{"d":2}]},"\u0065":3},[],"x"])");
    auto const elements = elements_of(text);
    ASSERT_EQ(elements.size(), 3U);
    EXPECT_EQ(elements[1], "[]");
    EXPECT_EQ(elements[2], "\"x\"");
    auto const members = members_of(elements[0]);
    ASSERT_EQ(members.size(), 3U);
    EXPECT_EQ(members[0].key, "\"a\"");
    EXPECT_EQ(members[0].value, R"("}],\\\"")");
    EXPECT_EQ(text_member(elements[0], "a"), "}],\\\"");
    EXPECT_EQ(member_of(*member_of(elements[0], "b"), "c").value().substr(0, 1), "[");
    EXPECT_EQ(member_of(elements[0], "e"), "3") << "however its key is written";
    EXPECT_FALSE(member_of(elements[0], "f"));
    EXPECT_FALSE(text_member(elements[0], "e"));
    EXPECT_TRUE(members_of("{}").empty());
    EXPECT_TRUE(elements_of("[]").empty());
}

TEST(WithMember, ReplacesAMemberInPlaceOrAppendsIt) {
    auto const text = laid_out(R"({"a":1,"b":[2],"c":3})");
    EXPECT_EQ(with_member(text, 0, "b", "\"x\""), laid_out(R"({"a":1,"b":"x","c":3})"));
    EXPECT_EQ(with_member(text, 0, "d", "null"), laid_out(R"({"a":1,"b":[2],"c":3,"d":null})"));
    EXPECT_EQ(with_member("{}", 0, "\xC3\xA9", "1"), "{\n    \"\\u00e9\": 1\n}");
    EXPECT_EQ("[\n    " + with_member("{}", 1, "a", "1") + "\n]", laid_out(R"([{"a":1}])"));
}

}  // namespace
}  // namespace warder::store
