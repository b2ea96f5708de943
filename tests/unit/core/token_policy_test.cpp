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

Networks networks(std::vector<std::string> const& texts) { return NetworkList::parse(texts).value(); }

TEST(TokenPolicy, IsReadAsItWasWritten) {
    TokenPolicy const policy{.endpoints = grants({"GET /a/*", R"(POST /rpc rpc:x\y,z*)"})};
    auto const text = write_policy(policy);
    EXPECT_EQ(text, R"({"endpoints":["GET /a/*","POST /rpc rpc:x\\y,z*"]})");
    EXPECT_EQ(read_policy(text), policy);
}

TEST(TokenPolicy, WritesAllLimitsInTheOrderOfResponses) {
    TokenPolicy const policy{.endpoints = grants({"/a"}),
                             .allowed_from = networks({"10.0.0.0/8", "::1"}),
                             .rate_limit = RateLimit::parse("5 per DAY"),
                             .is_enabled = false};
    auto const text = write_policy(policy);
    EXPECT_EQ(text, R"({"endpoints":["/a"],"allowed_from":["10.0.0.0/8","::1"],"rate_limit":"5/day","enabled":false})");
    EXPECT_EQ(read_policy(text), policy);
    EXPECT_NE(TokenPolicy{.allowed_from = networks({"::1"})}, TokenPolicy{});
    EXPECT_NE(TokenPolicy{.rate_limit = RateLimit{}}, TokenPolicy{});
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

TEST(TokenPolicy, RestrictsUseByEachLimitButGrantsAndPauses) {
    EXPECT_FALSE(TokenPolicy{}.restricts_use());
    EXPECT_FALSE((TokenPolicy{.endpoints = grants({"/a"}), .is_enabled = false}.restricts_use()));
    EXPECT_TRUE((TokenPolicy{.allowed_from = networks({"::1"})}.restricts_use()));
    EXPECT_TRUE((TokenPolicy{.rate_limit = RateLimit::parse("1/second")}.restricts_use()));
}

TEST(TokenPolicy, TextsOfDifferentPoliciesDiffer) {
    EXPECT_NE(write_policy({.endpoints = grants({"/a", "/b"})}), write_policy({.endpoints = grants({"/b", "/a"})}));
    EXPECT_EQ(write_policy({.endpoints = grants({"/a"})}), write_policy({.endpoints = grants({"/a"})}));
    EXPECT_EQ(write_policy({}), "{}");
}

TEST(TokenPolicy, RejectsTextsThatAreNotALimitThatItKnows) {
    for (auto const* const text : {"",
                                   "{}",
                                   "null",
                                   "[\"/a\"]",
                                   R"({"endpoints":[]})",
                                   R"({"endpoints":["/a)",
                                   R"({"endpoints":"/a"})",
                                   R"({"enabled":true})",
                                   R"({"allowed_from":[]})",
                                   R"({"allowed_from":null})",
                                   R"({"allowed_from":"::1"})",
                                   R"({"allowed_from":["10.0.0.1/8"]})",
                                   R"({"allowed_from":[1]})",
                                   R"({"rate_limit":null})",
                                   R"({"rate_limit":"5"})",
                                   R"({"rate_limit":5})",
                                   R"({"enabled":0})",
                                   R"({"endpoints":["a"]})",
                                   R"({"endpoints":[1]})",
                                   R"({"endpoints":["/a"],"hours":"9-17"})"})
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
    for (auto const& policy : {TokenPolicy{}, TokenPolicy{.is_enabled = false}, TokenPolicy{.endpoints = grants({"/own"})},
                               TokenPolicy{.allowed_from = networks({"::1"})}, TokenPolicy{.rate_limit = RateLimit{.count = 7}}}) {
        boost::json::object object{{"first", 1},
                                   {"endpoints", boost::json::array{"/old"}},
                                   {"allowed_from", boost::json::array{"::2"}},
                                   {"rate_limit", "1/day"},
                                   {"last", 2}};
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
    PolicyEdit const binds{.allowed_from = networks({"::1"}), .rate_limit = RateLimit{.count = 5}};
    EXPECT_FALSE(binds.is_empty());
    auto const bound = binds.applied_to(policy);
    EXPECT_EQ(bound, (TokenPolicy{.endpoints = policy.endpoints, .allowed_from = networks({"::1"}), .rate_limit = RateLimit{.count = 5}}));
    EXPECT_EQ((PolicyEdit{.allowed_from = Networks{}}.applied_to(bound)),
              (TokenPolicy{.endpoints = policy.endpoints, .rate_limit = RateLimit{.count = 5}}));
    EXPECT_EQ((PolicyEdit{.rate_limit = std::optional<RateLimit>{}}.applied_to(bound)),
              (TokenPolicy{.endpoints = policy.endpoints, .allowed_from = bound.allowed_from}));
}

}  // namespace
}  // namespace warder::core
