// SPDX-License-Identifier: MIT
#include "app/config/suggestions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace warder::app {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::Eq;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;
using testing::StartsWith;

constexpr std::string_view kNoSuggestion = "; the nearest known name is ";

TEST(UnknownKey, SuggestsANameWithOneErrorInFiveLettersAndTwoInMore) {
    EXPECT_EQ(unknown_key("", "sotre"), R"(unknown key "sotre": did you mean "store"?)");
    EXPECT_EQ(unknown_key("", "lsitne"), R"(unknown key "lsitne": did you mean "listen"?)");
    EXPECT_EQ(unknown_key("", "trusted_prxsy"), R"(unknown key "trusted_prxsy"; the nearest known name is "trusted_proxies")");
    EXPECT_EQ(unknown_key("", "trustd_prxies"), R"(unknown key "trustd_prxies": did you mean "trusted_proxies"?)");
    EXPECT_EQ(unknown_key("log", "lvel"), R"(unknown key "log.lvel": did you mean "log.level"?)");
}

TEST(UnknownKey, SuggestsNothingForAShortNameWithTwoErrors) {
    for (auto const* name : {"", "x", "ab", "foo", "state", "hasta"})
        EXPECT_THAT(unknown_key("", name), AllOf(HasSubstr(kNoSuggestion), Not(HasSubstr("did you mean")))) << name;
    EXPECT_THAT(unknown_key("log", "lavol"), HasSubstr(kNoSuggestion)) << "the name of the section does not make a name longer";
    EXPECT_THAT(unknown_key("ui", "ibxe"), HasSubstr(kNoSuggestion));
}

TEST(UnknownKey, NamesThePlaceOfAKeyThatExistsElsewhere) {
    EXPECT_EQ(unknown_key("", "keep"), R"(unknown key "keep": it belongs under [audit])");
    EXPECT_EQ(unknown_key("ui", "keep"), R"(unknown key "ui.keep": "keep" belongs under [audit])");
    EXPECT_EQ(unknown_key("tokens", "listen"),
              R"(unknown key "tokens.listen": "listen" belongs at the top of the file, above the first [section], or under [gateway], or under )"
              "[metrics]");
    EXPECT_EQ(unknown_key("log", "prefix"), R"(unknown key "log.prefix": "prefix" belongs under [[route]])");
}

TEST(UnknownKey, PrefersASynonymInTheSameSection) {
    EXPECT_EQ(unknown_key("gateway", "host"), R"(unknown key "gateway.host": did you mean "gateway.listen"?)");
    EXPECT_EQ(unknown_key("log", "host"), R"(unknown key "log.host": did you mean "listen"?)");
    EXPECT_EQ(unknown_key("", "max_ttl"), R"(unknown key "max_ttl": did you mean "tokens.max_life"?)");
}

TEST(UnknownKey, SuggestsTheNearerOfSectionsAndKeysOfSections) {
    EXPECT_EQ(unknown_key("", "tokns"), R"(unknown key "tokns": did you mean [tokens]?)");
    EXPECT_EQ(unknown_key("", "routes"), R"(unknown key "routes": did you mean [[route]]?)");
    EXPECT_EQ(unknown_key("", "levl"), R"(unknown key "levl": did you mean "log.level"?)");
}

TEST(UnknownKey, EscapesAndShortensTheName) {
    EXPECT_THAT(unknown_key("", "a\x1b[31m\n"), StartsWith(R"(unknown key "a\x1B[31m\x0A")"));
    EXPECT_THAT(unknown_key("",
                            "gr\xC3\xB6\xC3\x9F"
                            "e"),
                StartsWith(R"(unknown key "gr\xC3\xB6\xC3\x9Fe"; )"));
    EXPECT_THAT(unknown_key("", "listen\xC2\xA0"), EndsWith(R"(: did you mean "listen"?)"));
    EXPECT_LT(unknown_key("", std::string(100'000, 'x')).size(), 400U);
    EXPECT_LT(unknown_key("log", std::string(100'000, 'x')).size(), 400U);
    EXPECT_LT(unknown_section(std::string(100'000, '\x07')).size(), 1200U);
}

TEST(UnknownSection, SuggestsOnlyASimilarName) {
    EXPECT_EQ(unknown_section("token"), "unknown section [token]: did you mean [tokens]?");
    EXPECT_EQ(unknown_section("stroe"), R"(unknown section [stroe]: did you mean the key "store"?)");
    EXPECT_EQ(unknown_section("router"), "unknown section [router]: did you mean [[route]]?");
    for (auto const* name : {"", "xy", "foo", "http"}) EXPECT_THAT(unknown_section(name), HasSubstr(kNoSuggestion)) << name;
}

TEST(UnknownRouteKey, SuggestsASynonymOrASimilarKey) {
    auto const backend = unknown_route_key("backend");
    EXPECT_EQ(backend.message, R"(unknown key "backend" in [[route]]: did you mean "upstream"?)");
    EXPECT_EQ(backend.meant, "upstream");
    auto const misspelled = unknown_route_key("upsteram");
    EXPECT_EQ(misspelled.message, R"(unknown key "upsteram" in [[route]]: did you mean "upstream"?)");
    EXPECT_EQ(misspelled.meant, "upstream");
}

TEST(UnknownRouteKey, MeansNoKeyThatIsNotSimilar) {
    auto const unlike = unknown_route_key("team");
    EXPECT_THAT(unlike.message, HasSubstr(kNoSuggestion));
    EXPECT_EQ(unlike.meant, "");
    EXPECT_EQ(unknown_route_key("").meant, "");
}

TEST(UnknownRouteKey, MeansNoKeyIfTheNameBelongsElsewhere) {
    auto const elsewhere = unknown_route_key("max_life");
    EXPECT_EQ(elsewhere.message, R"(unknown key "max_life" in [[route]]: it belongs under [tokens])");
    EXPECT_EQ(elsewhere.meant, "");
}

TEST(FindVariableMeant, FindsSettingsByTheirLastNameOrASynonym) {
    EXPECT_THAT(find_variable_meant("WARDER_MAX_LIFE"), Optional(Eq("WARDER_TOKENS_MAX_LIFE")));
    EXPECT_THAT(find_variable_meant("WARDER_PORT"), Optional(Eq("WARDER_LISTEN")));
    EXPECT_THAT(find_variable_meant("WARDER_log_level"), Optional(Eq("WARDER_LOG_LEVEL")));
}

TEST(FindVariableMeant, FindsNothingForOtherVariables) {
    for (auto const* name : {"", "WARDER_", "WARDER", "MAX_LIFE", "warder_max_life", "WARDER_MAX_LIF", "WARDER_\xC3\x89", "WARDER_MAX LIFE"})
        EXPECT_EQ(find_variable_meant(name), std::nullopt) << name;
}

}  // namespace
}  // namespace warder::app
