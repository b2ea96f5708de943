// SPDX-License-Identifier: MIT
#include "core/jwt/own_claims.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::core {
namespace {

constexpr std::string_view kStart = R"({"username":"al","jwt_token_id":"2bc0160d-edf4-4ab6-9801-52d185f65b59","jwt_token_description":"Token alpha")";

TEST(OwnClaims, RoundTripsWrittenClaims) {
    std::vector<std::string> const texts{"GET /a", "/b/*"};
    auto const grants = GrantList::parse(texts).value();
    for (auto const* const endpoints : {static_cast<GrantList const*>(nullptr), grants.get()}) {
        Claims const claims{.username = "al",
                            .id = TokenId::parse("2bc0160d-edf4-4ab6-9801-52d185f65b59").value(),
                            .description = "Token alpha",
                            .expires_at = Instant{std::chrono::seconds{1661318762}},
                            .issued_at = Instant{std::chrono::seconds{kLastSecond}},
                            .not_before = {},
                            .endpoints = endpoints};
        auto const payload = write_claims(claims);
        auto const read = read_own_claims(payload);
        ASSERT_TRUE(read) << payload;
        EXPECT_EQ(read->username, claims.username);
        EXPECT_EQ(read->id, claims.id);
        EXPECT_EQ(read->description, claims.description);
        EXPECT_EQ(read->expires_at, claims.expires_at);
        EXPECT_EQ(read->issued_at, claims.issued_at);
        EXPECT_FALSE(read->not_before);
    }
}

TEST(OwnClaims, ReadsEmptyTextsAndTimestampZero) {
    EXPECT_TRUE(
        read_own_claims(R"({"username":"","jwt_token_id":"2bc0160d-edf4-4ab6-9801-52d185f65b59","jwt_token_description":"","exp":0,"iat":0})"));
    EXPECT_TRUE(read_own_claims(std::string{kStart} + R"(,"exp":2,"iat":1,"endpoints":[""]})"));
}

// Some of these payloads are valid nevertheless: `read_claims` decides about them.
TEST(OwnClaims, RejectsPayloadsThatDifferFromTheWrittenForm) {
    for (auto const members : {R"()",
                               R"(,"exp":2)",
                               R"(,"iat":1,"exp":2)",
                               R"(,"exp":2,"iat":1,"nbf":1)",
                               R"(,"exp":2,"iat":1,"exp":3)",
                               R"(,"exp":2, "iat":1)",
                               R"(,"exp":2,"iat":1 )",
                               R"(,"exp":02,"iat":1)",
                               R"(,"exp":2.0,"iat":1)",
                               R"(,"exp":2e0,"iat":1)",
                               R"(,"exp":-2,"iat":1)",
                               R"(,"exp":"2","iat":1)",
                               R"(,"exp":,"iat":1)",
                               R"(,"exp":253402300800,"iat":1)",
                               R"(,"exp":99999999999999999999999999,"iat":1)",
                               R"(,"exp":2,"iat":)",
                               R"(,"exp":2,"iat":1,)",
                               R"(,"exp":2,"iat":1,"endpoints":[])",
                               R"(,"exp":2,"iat":1,"endpoints":["/a",])",
                               R"(,"exp":2,"iat":1,"endpoints":["/a")",
                               R"(,"exp":2,"iat":1,"endpoints":["/a)",
                               R"(,"exp":2,"iat":1,"endpoints":["/a"1])",
                               R"(,"exp":2,"iat":1,"endpoints":"/a")",
                               R"(,"exp":2,"iat":1,"endpoints":["/a"],"endpoints":["/b"])"})
        EXPECT_FALSE(read_own_claims(std::string{kStart} + members + "}")) << members;
    auto const good = std::string{kStart} + R"(,"exp":2,"iat":1})";
    ASSERT_TRUE(read_own_claims(good));
    for (std::size_t length = 0; length < good.size(); ++length) EXPECT_FALSE(read_own_claims(good.substr(0, length))) << length;
    EXPECT_FALSE(read_own_claims(good + " "));
    EXPECT_FALSE(read_own_claims(good + "}"));
    EXPECT_FALSE(read_own_claims(" " + good));
}

TEST(OwnClaims, RejectsEscapesControlCharactersAndNonAscii) {
    for (std::string_view const text : {"a\\\"b", "a\\u0062", "a\\", "a\tb", "a\nb", "a\x7F", "caf\xC3\xA9", "\xFF"}) {
        auto const payload = R"({"username":"al","jwt_token_id":"2bc0160d-edf4-4ab6-9801-52d185f65b59","jwt_token_description":")" +
                             std::string{text} + R"(","exp":2,"iat":1})";
        EXPECT_FALSE(read_own_claims(payload)) << text;
    }
    EXPECT_FALSE(
        read_own_claims(R"({"username":"al","jwt_token_id":"2BC0160D-edf4-4ab6-9801-52d185f65b59","jwt_token_description":"d","exp":2,"iat":1})"));
}

}  // namespace
}  // namespace warder::core
