// SPDX-License-Identifier: MIT
#include "core/token_policy.hpp"

#include "core/text/json_writer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::core {
namespace {

Grants grants(std::vector<std::string> const& texts) { return GrantList::parse(texts).value(); }

TEST(TokenPolicy, IsReadAsItWasWritten) {
    TokenPolicy const policy{.endpoints = grants({"GET /a/*", R"(POST /rpc rpc:x\y,z*)"})};
    auto const text = write_policy(policy);
    EXPECT_EQ(text, R"({"endpoints":["GET /a/*","POST /rpc rpc:x\\y,z*"]})");
    EXPECT_EQ(read_policy(text), policy);
}

TEST(TokenPolicy, WritesOnlyAPause) {
    EXPECT_EQ(write_policy({.is_enabled = false}), R"({"enabled":false})");
    EXPECT_EQ(read_policy(R"({"enabled":false})"), TokenPolicy{.is_enabled = false});
    EXPECT_NE(TokenPolicy{.is_enabled = false}, TokenPolicy{});
}

TEST(TokenPolicy, ReadsStoredGrantsWithCharactersThatAreReservedNow) {
    auto const text = R"({"endpoints":["GET /users/{id}"]})";
    auto const policy = read_policy(text);
    ASSERT_TRUE(policy);
    EXPECT_EQ(write_policy(*policy), text);
}

TEST(TokenPolicy, TextsOfDifferentPoliciesDiffer) {
    EXPECT_NE(write_policy({.endpoints = grants({"/a", "/b"})}), write_policy({.endpoints = grants({"/b", "/a"})}));
    EXPECT_EQ(write_policy({.endpoints = grants({"/a"})}), write_policy({.endpoints = grants({"/a"})}));
    EXPECT_EQ(write_policy({}), "{}");
}

TEST(TokenPolicy, RejectsTextsThatAreNotALimitThatItKnows) {
    for (auto const* const text :
         {"", "{}", "null", "[\"/a\"]", R"({"endpoints":[]})", R"({"endpoints":["/a)", R"({"endpoints":"/a"})", R"({"enabled":true})",
          R"({"enabled":0})", R"({"endpoints":["a"]})", R"({"endpoints":[1]})", R"({"endpoints":["/a"],"hours":"9-17"})"})
        EXPECT_EQ(read_policy(text), std::nullopt) << text;
}

TEST(TokenPolicy, LimitsAmongOtherMembersReplaceTheDefaults) {
    TokenPolicy const claimed{.endpoints = grants({"/claimed"})};
    auto const read = [&](char const* text) { return read_limits(boost::json::parse(text).get_object(), claimed); };
    EXPECT_EQ(read(R"({"jwt_token":"eyJ"})"), claimed);
    EXPECT_EQ(read(R"({"endpoints":["/own"],"x":1})"), (TokenPolicy{.endpoints = grants({"/own"})}));
    EXPECT_EQ(read(R"({"endpoints":null})"), TokenPolicy{});
    EXPECT_EQ(read(R"({"endpoints":[]})"), std::nullopt);
}

TEST(TokenPolicy, SetLimitsAddNothingForALimitThatIsNotSet) {
    boost::json::object object{{"first", 1}};
    set_limits(object, {});
    EXPECT_EQ(object.size(), 1U) << boost::json::serialize(object);
    set_limits(object, {.is_enabled = false});
    set_limits(object, {});
    EXPECT_EQ(object.size(), 1U) << boost::json::serialize(object);
    set_limits(object, {}, {.endpoints = grants({"/claimed"})});
    EXPECT_TRUE(object["endpoints"].is_null()) << "grants that were removed";
}

TEST(TokenPolicy, SetLimitsAreReadInPlaceOfOldOnesAndOfDefaults) {
    TokenPolicy const claimed{.endpoints = grants({"/claimed"})};
    for (auto const& policy : {TokenPolicy{}, TokenPolicy{.is_enabled = false}, TokenPolicy{.endpoints = grants({"/own"})}}) {
        boost::json::object object{{"first", 1}, {"endpoints", boost::json::array{"/old"}}, {"last", 2}};
        set_limits(object, policy, claimed);
        EXPECT_EQ(read_limits(object, claimed), policy) << boost::json::serialize(object);
        EXPECT_EQ(object.begin()->key(), "first") << "other members keep their place";
    }
}

TEST(PolicyEdit, ChangesOnlyTheLimitsThatItHas) {
    TokenPolicy const policy{.endpoints = grants({"/a"})};
    EXPECT_TRUE(PolicyEdit{}.is_empty());
    EXPECT_EQ(PolicyEdit{}.applied_to(policy), policy);
    PolicyEdit const removes{.endpoints = Grants{}};
    EXPECT_FALSE(removes.is_empty());
    EXPECT_EQ(removes.applied_to(policy), TokenPolicy{});
    PolicyEdit const pauses{.is_enabled = false};
    EXPECT_FALSE(pauses.is_empty());
    EXPECT_EQ(pauses.applied_to(policy), (TokenPolicy{.endpoints = policy.endpoints, .is_enabled = false}));
}

}  // namespace
}  // namespace warder::core
