// SPDX-License-Identifier: MIT
#include "authority/registry.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace warder::authority {
namespace {

constexpr UserId kAlice{1};
constexpr UserId kBob{2};

class RegistryTest : public testing::Test {
  protected:
    RegistryTest() { registry_.put_user(kAlice, "alice", false); }

    LiveToken token_of(UserId owner) {
        LiveToken token{.id = TokenId::make(random_), .owner = owner, .ends_at = Instant{std::chrono::seconds{2'000'000'000}}};
        // A digest that can be told from the id: a torn read shows.
        for (std::size_t i = 0; i < token.digest.size(); ++i) token.digest[i] = token.id.bytes()[i % 16];
        return token;
    }

    tests::CountingRandom random_;
    Registry registry_{0x1234'5678'9ABC'DEF0ULL};
};

TEST_F(RegistryTest, FindsWhatWasPutAndNothingElse) {
    auto const token = token_of(kAlice);
    registry_.put(token);

    auto const found = registry_.find(token.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->owner, kAlice);
    EXPECT_EQ(found->owner_name, "alice");
    EXPECT_EQ(found->ends_at, token.ends_at);
    EXPECT_EQ(found->digest, token.digest);
    EXPECT_FALSE(found->owner_is_admin);
    EXPECT_FALSE(registry_.find(TokenId::make(random_)));
}

TEST_F(RegistryTest, ForgetsAnErasedToken) {
    auto const token = token_of(kAlice);
    registry_.put(token);
    registry_.erase(token.id);
    EXPECT_FALSE(registry_.find(token.id));
    EXPECT_EQ(registry_.size(), 0U);
}

TEST_F(RegistryTest, TakesManyIdsThatDifferInOneWordOnly) {
    // As an import may bring them. If they fall into few places of the index, this takes a hundred times as long.
    constexpr std::uint32_t kMany = 100'000;
    for (std::size_t const word : {0U, 4U, 8U, 12U}) {
        Registry registry{0x1234'5678'9ABC'DEF0ULL};
        registry.put_user(kAlice, "alice", false);
        auto const numbered = [&](std::uint32_t number) {
            TokenId::Bytes bytes{};
            for (std::size_t i = 0; i < 4; ++i) bytes.at(word + i) = static_cast<std::uint8_t>(number >> (24 - 8 * i));
            return TokenId{bytes};
        };
        for (std::uint32_t number = 1; number <= kMany; ++number)
            registry.put(
                {.id = numbered(number), .owner = kAlice, .ends_at = Instant{std::chrono::seconds{2'000'000'000}}, .digest = {}, .is_edited = false});
        EXPECT_EQ(registry.size(), kMany);
        EXPECT_TRUE(registry.find(numbered(kMany)));
        EXPECT_FALSE(registry.find(numbered(kMany + 1)));
    }
}

TEST_F(RegistryTest, ReplacesATokenThatIsPutAgain) {
    auto token = token_of(kAlice);
    registry_.put(token);
    token.ends_at -= std::chrono::hours{1};
    token.is_edited = true;
    registry_.put(token);

    auto const found = registry_.find(token.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->ends_at, token.ends_at);
    EXPECT_TRUE(found->is_edited);
    EXPECT_EQ(registry_.size(), 1U);
}

TEST_F(RegistryTest, RefusesTheTokensOfADeletedUserAndOfAnotherOneOfThatName) {
    auto const token = token_of(kAlice);
    registry_.put(token);
    registry_.erase_user(kAlice);
    EXPECT_FALSE(registry_.find(token.id));
    registry_.put_user(kBob, "alice", true);
    EXPECT_FALSE(registry_.find(token.id));
    EXPECT_EQ(registry_.size(), 0U);
}

TEST_F(RegistryTest, ShowsTheAdminFlagAsItIsNow) {
    auto const token = token_of(kAlice);
    registry_.put(token);
    registry_.put_user(kAlice, "alice", true);
    EXPECT_TRUE(registry_.find(token.id)->owner_is_admin);
    registry_.put_user(kAlice, "alice", false);
    EXPECT_FALSE(registry_.find(token.id)->owner_is_admin);
}

TEST_F(RegistryTest, LeavesOutATokenOfNobody) {
    auto const token = token_of(kBob);
    registry_.put(token);
    EXPECT_FALSE(registry_.find(token.id));
}

TEST_F(RegistryTest, KeepsEveryTokenWhileItGrows) {
    std::vector<LiveToken> tokens;
    for (int i = 0; i < 50'000; ++i) tokens.push_back(token_of(kAlice));
    for (auto const& token : tokens) registry_.put(token);
    EXPECT_EQ(registry_.size(), tokens.size());
    for (auto const& token : tokens) {
        auto const found = registry_.find(token.id);
        ASSERT_TRUE(found);
        ASSERT_EQ(found->digest, token.digest);
    }
}

TEST_F(RegistryTest, StaysRightWhenTokensComeAndGoForLong) {
    std::vector<LiveToken> window;
    for (int i = 0; i < 200'000; ++i) {
        window.push_back(token_of(kAlice));
        registry_.put(window.back());
        if (window.size() == 500) {
            for (auto const& token : window) registry_.erase(token.id);
            for (auto const& token : window) ASSERT_FALSE(registry_.find(token.id));
            window.clear();
        }
    }
    EXPECT_EQ(registry_.size(), window.size());
}

TEST_F(RegistryTest, StartsEmptyAgainAfterClear) {
    auto const token = token_of(kAlice);
    registry_.put(token);
    registry_.clear();
    EXPECT_FALSE(registry_.find(token.id));
    registry_.put_user(kAlice, "alice", false);
    registry_.put(token);
    EXPECT_TRUE(registry_.find(token.id));
}

TEST_F(RegistryTest, ReadersSeeWholeEntriesAndNeverMissALastingTokenWhileOthersComeAndGo) {
    std::vector<LiveToken> lasting;
    for (int i = 0; i < 64; ++i) lasting.push_back(token_of(kAlice));
    for (auto const& token : lasting) registry_.put(token);

    std::atomic<bool> is_over = false;
    std::atomic<int> wrong = 0;
    std::atomic<std::uint64_t> looks = 0;
    {
        std::vector<std::jthread> readers;
        for (std::size_t reader = 0; reader < 3; ++reader)
            readers.emplace_back([&, at = reader]() mutable {
                while (!is_over) {
                    auto const& token = lasting[at++ % lasting.size()];
                    auto const found = registry_.find(token.id);
                    if (!found || found->digest != token.digest || found->owner_name != "alice") ++wrong;
                    ++looks;
                }
            });
        while (looks == 0) std::this_thread::yield();
        for (int round = 0; round < 300; ++round) {
            std::vector<LiveToken> passing;
            for (int i = 0; i < 50; ++i) passing.push_back(token_of(kAlice));
            for (auto const& token : passing) registry_.put(token);
            registry_.put(lasting[static_cast<std::size_t>(round) % lasting.size()]);
            for (auto const& token : passing) registry_.erase(token.id);
        }
        is_over = true;
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(looks, 0U);
}

}  // namespace
}  // namespace warder::authority
