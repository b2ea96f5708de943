// SPDX-License-Identifier: MIT
// Limits of a token other than its grants.
#include "fakes.hpp"
#include "index/registry.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::index {
namespace {

class RegistryLimitsTest : public testing::Test {
  protected:
    static constexpr UserId kAlice{1};

    RegistryLimitsTest() { registry_.put_user(kAlice, "alice", false); }

    authority::LiveToken token_of(UserId owner) {
        return {.id = TokenId::make(random_), .owner = owner, .ends_at = Instant{std::chrono::seconds{2'000'000'000}}};
    }
    static Grants grants(std::vector<std::string> const& texts) { return GrantList::parse(texts).value(); }

    tests::CountingRandom random_;
    Registry registry_{0x1234'5678'9ABC'DEF0ULL};
};

TEST_F(RegistryLimitsTest, TokenWithoutGrantsIsUnscopedWhateverElseLimitsIt) {
    auto token = token_of(kAlice);
    token.policy = {.allowed_from = NetworkList::parse(std::vector<std::string>{"10.0.0.0/8"}).value()};
    registry_.put(token);
    EXPECT_FALSE(registry_.find(token.id)->is_scoped);
    EXPECT_TRUE(registry_.find(token.id)->is_restricted);
    EXPECT_EQ(registry_.find(token.id)->owner_name, "alice");
    EXPECT_EQ(*registry_.limits(token.id)->policy()->allowed_from, *token.policy.allowed_from);
    token.policy = {.rate_limit = RateLimit{.count = 5}};
    registry_.put(token);
    EXPECT_FALSE(registry_.find(token.id)->is_scoped);
    EXPECT_TRUE(registry_.find(token.id)->is_restricted);
    EXPECT_EQ(registry_.limits(token.id)->policy()->rate_limit, token.policy.rate_limit);
    token.policy = {.endpoints = grants({"/a"})};
    registry_.put(token);
    EXPECT_TRUE(registry_.find(token.id)->is_scoped);
    EXPECT_FALSE(registry_.find(token.id)->is_restricted);
    EXPECT_EQ(registry_.limits(token.id)->policy()->allowed_from, nullptr);
    EXPECT_EQ(registry_.limits(token.id)->bucket(), nullptr);
    registry_.erase_user(kAlice);
    EXPECT_FALSE(registry_.find(token.id)) << "the user is found although the entry has flags";
}

TEST_F(RegistryLimitsTest, BucketOutlivesAReloadAndEditsOfOtherLimits) {
    auto token = token_of(kAlice);
    token.policy = {.rate_limit = RateLimit{.count = 1, .unit = RateLimit::Unit::kDay}};
    registry_.put(token);
    RateBucket::Time const now{std::chrono::hours{1}};
    EXPECT_EQ(registry_.limits(token.id)->bucket()->take(now).count(), 0);
    registry_.begin_reload();
    registry_.put_user(kAlice, "alice", false);
    registry_.put(token);
    registry_.end_reload();
    EXPECT_GT(registry_.limits(token.id)->bucket()->wait(now).count(), 0);
    token.policy.endpoints = grants({"/a"});
    registry_.put(token);
    EXPECT_GT(registry_.limits(token.id)->bucket()->wait(now).count(), 0);
    token.policy.rate_limit->count = 2;
    registry_.put(token);
    EXPECT_EQ(registry_.limits(token.id)->bucket()->wait(now).count(), 0);
}

}  // namespace
}  // namespace warder::index
