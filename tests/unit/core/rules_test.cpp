// SPDX-License-Identifier: MIT
#include "core/rules.hpp"

#include "core/json.hpp"
#include "fakes.hpp"
#include "warder/token.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace warder::core {
namespace {

using namespace std::string_view_literals;

TEST(Description, RejectsBlankTextInAnyScript) {
    for (auto const text : {""sv, " "sv, "\t\n"sv, "\xC2\xA0"sv, "\xE3\x80\x80"sv, "\xE2\x80\x83 "sv, "\x1F"sv})
        EXPECT_EQ(validate_description(text), std::unexpected{TextError::kBlank});
    EXPECT_TRUE(validate_description("x"));
}

TEST(Description, RejectsControlCharactersAndMoreThanTwoHundredCodePoints) {
    std::string euros;
    for (int i = 0; i < 200; ++i) euros += "€";
    EXPECT_TRUE(validate_description(euros));
    EXPECT_EQ(validate_description(euros + "x"), std::unexpected{TextError::kTooLong});
    for (auto const text : {"a\nb"sv, "a\0b"sv, "a\x7F"sv, "a\xC2\x85"sv, "a\x1B[0m"sv})
        EXPECT_EQ(validate_description(text), std::unexpected{TextError::kControl});
}

TEST(Password, RejectsInvalidLengthsControlCharactersAndTokens) {
    EXPECT_EQ(validate_new_password("1234567"), std::unexpected{TextError::kTooShort});
    EXPECT_TRUE(validate_new_password("12345678"));
    EXPECT_TRUE(validate_new_password(std::string(1024, 'x')));
    EXPECT_EQ(validate_new_password(std::string(1025, 'x')), std::unexpected{TextError::kTooLong});
    EXPECT_EQ(validate_new_password("1234567\xFF"), std::unexpected{TextError::kNotUtf8});
    EXPECT_EQ(validate_new_password("eyJhb.eyJh.sig"), std::unexpected{TextError::kLooksLikeToken});
    for (auto const* control : {"tab\there-99", "line\nhere-99", "line-here-99\n", "\x1b-escape-99", "delete\x7f-99", "next line\xC2\x85-99"})
        EXPECT_EQ(validate_new_password(control), std::unexpected{TextError::kControl}) << control;
    EXPECT_EQ(validate_new_password(std::string_view{"null\0here-99", 12}), std::unexpected{TextError::kControl});
    for (auto const* printable : {"with a space", "no-break\xC2\xA0space", "colon:here-99", "\xF0\x9F\x94\x91\xF0\x9F\x94\x92"})
        EXPECT_TRUE(validate_new_password(printable)) << printable;
}

TEST(LooksLikeToken, RequiresThreePartsOfBase64url) {
    EXPECT_TRUE(looks_like_token("eyJ.a.b"));
    for (auto const text : {"eyJ.a"sv, "eyJ.a."sv, "eyJ..b"sv, "eyJ.a.b.c"sv, "eyK.a.b"sv, "eyJ.a.b="sv, "eyJ.a .b"sv})
        EXPECT_FALSE(looks_like_token(text)) << text;
}

TEST(UserName, RejectsNonAsciiAndNamesNotStartingWithALetterOrDigit) {
    for (auto const name : {"a"sv, "alice@example.org"sv, "0.x_-@"sv}) EXPECT_TRUE(is_user_name(name)) << name;
    EXPECT_TRUE(is_user_name(std::string(64, 'a')));
    EXPECT_FALSE(is_user_name(std::string(65, 'a')));
    for (auto const name : {""sv, ".a"sv, "@a"sv, "a b"sv, "a/b"sv, "é"sv, "a\n"sv}) EXPECT_FALSE(is_user_name(name)) << name;
    EXPECT_EQ(fold_name("Al.ICE@X"), "al.ice@x");
}

TEST(TokenId, AcceptsOnlyCanonicalVersion4Uuids) {
    tests::CountingRandom random;
    auto const id = TokenId::make(random);
    EXPECT_EQ(TokenId::parse(id.text()), id);
    EXPECT_EQ(id.text()[14], '4');
    EXPECT_NE(std::string_view{"89ab"}.find(id.text()[19]), std::string_view::npos);
    for (auto const text :
         {""sv, "2BC0160D-edf4-4ab6-9801-52d185f65b59"sv, "2bc0160dedf44ab6980152d185f65b59"sv, "2bc0160d-edf4-4ab6-9801-52d185f65b5"sv,
          "2bc0160d-edf4-4ab6-9801-52d185f65b5g"sv, "2bc0160d_edf4-4ab6-9801-52d185f65b59"sv, "00000000-0000-0000-0000-000000000000"sv})
        EXPECT_FALSE(TokenId::parse(text)) << text;
}

TEST(TokenId, AcceptsOnlyLowercaseHexDigitsAndHyphensAtEachPosition) {
    auto const text = "2bc0160d-edf4-4ab6-9801-52d185f65b59"sv;
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (unsigned byte = 0; byte < 256; ++byte) {
            auto changed = std::string{text};
            changed[at] = static_cast<char>(byte);
            auto const allowed = text[at] == '-' ? "-"sv : "0123456789abcdef"sv;
            auto const id = TokenId::parse(changed);
            ASSERT_EQ(id.has_value(), allowed.find(changed[at]) != std::string_view::npos) << at << " " << byte;
            if (id) {
                ASSERT_EQ(id->text(), changed);
            }
        }
    }
}

std::string json_verdict(std::string_view text, JsonLimits limits = {}) {
    auto const value = read_json(text, limits);
    return value ? "ok" : describe(value.error());
}

TEST(ReadJson, RejectsDuplicateKeysTrailingTextAndInvalidUtf8) {
    EXPECT_EQ(json_verdict(R"({"a":1,"b":[{"a":2}]})"), "ok");
    EXPECT_EQ(json_verdict(R"({"a":1,"\u0061":2})"), "Duplicate key \"a\" in the JSON at byte 14");
    EXPECT_NE(json_verdict("1e400"), "ok");
    EXPECT_NE(json_verdict("[1] 2"), "ok");
    EXPECT_NE(json_verdict("\xEF\xBB\xBF[1]"), "ok");
    EXPECT_EQ(json_verdict("\"\xFF\""), "The JSON is not valid UTF-8 at byte 1");
    EXPECT_NE(json_verdict(R"("\ud800")"), "ok");
    EXPECT_NE(json_verdict(""), "ok");
    EXPECT_NE(json_verdict("{"), "ok");
}

TEST(ReadJson, DetectsDuplicateKeysWithinEachObjectOnly) {
    std::string object = "{";
    for (int i = 0; i < 5000; ++i) object += "\"k" + std::to_string(i) + "\":{\"k\":0},";
    EXPECT_EQ(json_verdict(object + "\"k\":0}"), "ok");
    EXPECT_NE(json_verdict(object + "\"k17\":0}").find("Duplicate key \"k17\""), std::string::npos);
}

TEST(ReadJson, AcceptsTrailingCommasOnlyWithTheOption) {
    EXPECT_NE(json_verdict(R"({"a":1,})"), "ok");
    EXPECT_EQ(json_verdict(R"({"a":[1,],})", {.max_depth = 32, .trailing_commas = true}), "ok");
    EXPECT_NE(json_verdict(R"({,})", {.max_depth = 32, .trailing_commas = true}), "ok");
}

TEST(ReadJson, RejectsNestingBeyondTheMaximumDepth) {
    EXPECT_EQ(json_verdict(std::string(32, '[') + std::string(32, ']')), "ok");
    EXPECT_NE(json_verdict(std::string(33, '[') + std::string(33, ']')), "ok");
}

}  // namespace
}  // namespace warder::core
