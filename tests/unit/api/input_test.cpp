// SPDX-License-Identifier: MIT
#include "api/input.hpp"

#include <gtest/gtest.h>

#include <array>

namespace warder::api {
namespace {

using Kind = InputField::Kind;
constexpr auto kFields = std::to_array<InputField>({{Kind::kText, "name", true},
                                                    {Kind::kFlag, "flag"},
                                                    {Kind::kDuration, "life"},
                                                    {.kind = Kind::kGrants, .name = "may", .is_nullable = true},
                                                    {Kind::kGrants, "must"}});
constexpr Seconds kMaxLife{1000};

std::string error_of(std::string_view body) {
    auto const input = Input::read(body, kFields);
    return input ? "accepted" : input.error().body;
}

TEST(ReadInput, AcceptsDeclaredKeysAndATrailingComma) {
    auto const input = Input::read(R"({"name": "x", "flag": true,})", kFields);
    ASSERT_TRUE(input.has_value());
    EXPECT_EQ(input->text("name"), "x");
    EXPECT_EQ(input->flag("flag"), true);
    EXPECT_FALSE(input->has("life"));
}

TEST(ReadInput, ErrorNamesTheInvalidKey) {
    EXPECT_NE(error_of(R"({})").find(R"(\"name\" is missing)"), std::string::npos);
    EXPECT_NE(error_of(R"({"name":"x","nmae":1})").find(R"(Unknown key \"nmae\"; this call takes \"name\")"), std::string::npos);
    EXPECT_NE(error_of(R"({"name":1})").find(R"(\"name\" must be a string)"), std::string::npos);
    EXPECT_NE(error_of(R"({"name":null})").find("must be a string"), std::string::npos);
    EXPECT_NE(error_of(R"({"name":"x","flag":1})").find("true or false"), std::string::npos);
    EXPECT_NE(error_of(R"({"name":"x","life":[]})").find("must be a duration"), std::string::npos);
    for (auto const* body : {R"({})", R"({"name":1})", R"({"name":"x","elsewhere":null})"})
        EXPECT_NE(error_of(body).find(R"("error":"bad_field")"), std::string::npos);
}

TEST(InputGrants, DistinguishesAListNullAndAMissingKey) {
    auto const limited = Input::read(R"({"name":"x","may":["GET /a","/b/**"]})", kFields)->grants("may");
    ASSERT_TRUE(limited);
    ASSERT_NE(*limited, nullptr);
    EXPECT_EQ((*limited)->grants().size(), 2U);
    auto const lifted = Input::read(R"({"name":"x","may":null})", kFields)->grants_if_named("may");
    ASSERT_TRUE(lifted && lifted->has_value());
    EXPECT_EQ(**lifted, nullptr);
    auto const unnamed = Input::read(R"({"name":"x"})", kFields)->grants_if_named("may");
    ASSERT_TRUE(unnamed);
    EXPECT_FALSE(unnamed->has_value());
}

TEST(InputGrants, ErrorReportsTheOffsetInTheInvalidGrant) {
    auto const refused = Input::read(R"({"name":"x","may":["GET /a","GET /b//c"]})", kFields)->grants("may");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().body.find("Grant 2 of \\\"endpoints\\\", at character 8: a segment must not be empty"), std::string::npos)
        << refused.error().body;
    EXPECT_NE(refused.error().body.find(R"("error":"bad_grant")"), std::string::npos);
}

TEST(ReadInput, DistinguishesAWrongTypeFromInvalidGrants) {
    for (auto const* body : {R"({"name":"x","may":"GET /a"})", R"({"name":"x","may":[1]})", R"({"name":"x","may":{}})"})
        EXPECT_NE(error_of(body).find(R"("error":"bad_field")"), std::string::npos) << body;
    EXPECT_NE(error_of(R"({"name":"x","must":null})").find(R"("error":"bad_grant")"), std::string::npos);
}

TEST(ReadInput, RejectsInvalidJsonAndNonObjects) {
    for (auto const* body : {"", "[]", "null", "{", R"({"name":"x"} x)", R"({"name":"x","name":"y"})", "{\"name\":\"\xFF\"}", R"({"name":"x",,})"})
        EXPECT_NE(error_of(body).find(R"("error":"bad_json")"), std::string::npos) << body;
}

TEST(InputLifetime, ReadsTextsAndNumbersOfSeconds) {
    EXPECT_EQ(Input::read(R"({"name":"x","life":"6 minutes"})", kFields)->lifetime("life", kMaxLife)->count(), 360.0);
    EXPECT_EQ(Input::read(R"({"name":"x","life":1.5})", kFields)->lifetime("life", kMaxLife)->count(), 1.5);
}

TEST(InputLifetime, ErrorQuotesAnInvalidLifetime) {
    for (auto const* lifetime : {R"("6 fortnights")", "0.5", "-7", "1001", R"("1 hour")", "1e300", R"("")"}) {
        auto const input = Input::read(R"({"name":"x","life":)" + std::string{lifetime} + "}", kFields);
        ASSERT_TRUE(input.has_value()) << lifetime;
        auto const refused = input->lifetime("life", kMaxLife);
        ASSERT_FALSE(refused.has_value()) << lifetime;
        EXPECT_NE(refused.error().body.find(R"("error":"bad_life")"), std::string::npos);
    }
    auto const message_of = [](std::string const& lifetime) {
        return Input::read(R"({"name":"x","life":")" + lifetime + "\"}", kFields)->lifetime("life", kMaxLife).error().body;
    };
    EXPECT_NE(message_of("6 fortnights").find(R"(The lifetime \"6 fortnights\" is not a valid duration.)"), std::string::npos);
    EXPECT_NE(message_of("90").find(R"(The lifetime \"90\" has no unit.)"), std::string::npos);
    EXPECT_NE(message_of("1 hour").find("is longer than the maximum of 1000 seconds (tokens.max_life)."), std::string::npos);
}

}  // namespace
}  // namespace warder::api
