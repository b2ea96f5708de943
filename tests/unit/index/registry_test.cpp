// SPDX-License-Identifier: MIT
#include "index/registry.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

namespace warder::index {
namespace {

constexpr UserId kAlice{1};
constexpr UserId kBob{2};

class RegistryTest : public testing::Test {
  protected:
    RegistryTest() { registry_.put_user(kAlice, "alice", false); }

    authority::LiveToken token_of(UserId owner) {
        authority::LiveToken token{.id = TokenId::make(random_), .owner = owner, .ends_at = Instant{std::chrono::seconds{2'000'000'000}}};
        // The digest is derived from the id, so that a torn read is detected.
        for (std::size_t i = 0; i < token.digest.size(); ++i) token.digest[i] = token.id.bytes()[i % 16];
        return token;
    }

    tests::CountingRandom random_;
    Registry registry_{0x1234'5678'9ABC'DEF0ULL};
};

TEST_F(RegistryTest, FindsOnlyRegisteredTokens) {
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

TEST_F(RegistryTest, DoesNotFindAnErasedToken) {
    auto const token = token_of(kAlice);
    registry_.put(token);
    registry_.erase(token.id);
    EXPECT_FALSE(registry_.find(token.id));
    EXPECT_EQ(registry_.size(), 0U);
}

TEST_F(RegistryTest, StoresManyIdsThatDifferInOneWord) {
    // An import may bring such ids. If they collided in the hash table, this test would take a hundred times as long.
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

TEST_F(RegistryTest, DoesNotFindTokensOfADeletedUserEvenIfTheNameIsReused) {
    auto const token = token_of(kAlice);
    registry_.put(token);
    registry_.erase_user(kAlice);
    EXPECT_FALSE(registry_.find(token.id));
    registry_.put_user(kBob, "alice", true);
    EXPECT_FALSE(registry_.find(token.id));
    EXPECT_EQ(registry_.size(), 0U);
}

TEST_F(RegistryTest, FindReturnsTheCurrentAdminFlag) {
    auto const token = token_of(kAlice);
    registry_.put(token);
    registry_.put_user(kAlice, "alice", true);
    EXPECT_TRUE(registry_.find(token.id)->owner_is_admin);
    registry_.put_user(kAlice, "alice", false);
    EXPECT_FALSE(registry_.find(token.id)->owner_is_admin);
}

TEST_F(RegistryTest, IgnoresATokenOfAnUnknownUser) {
    auto const token = token_of(kBob);
    registry_.put(token);
    EXPECT_FALSE(registry_.find(token.id));
}

TEST_F(RegistryTest, FindsEveryTokenAfterGrowing) {
    std::vector<authority::LiveToken> tokens;
    for (int i = 0; i < 50'000; ++i) tokens.push_back(token_of(kAlice));
    for (auto const& token : tokens) registry_.put(token);
    EXPECT_EQ(registry_.size(), tokens.size());
    for (auto const& token : tokens) {
        auto const found = registry_.find(token.id);
        ASSERT_TRUE(found);
        ASSERT_EQ(found->digest, token.digest);
    }
}

TEST_F(RegistryTest, FindsNoErasedTokensAfterLongTurnover) {
    std::vector<authority::LiveToken> window;
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

TEST_F(RegistryTest, ReloadRemovesTokensAndUsersThatWereNotPutAgain) {
    auto const stays = token_of(kAlice);
    auto const goes = token_of(kAlice);
    registry_.put_user(kBob, "bob", false);
    auto const bobs = token_of(kBob);
    for (auto const& token : {stays, goes, bobs}) registry_.put(token);

    registry_.begin_reload();
    registry_.put_user(kAlice, "alice", true);
    registry_.put(stays);
    registry_.put(bobs);  // its user is not put again
    auto const fresh = token_of(kAlice);
    registry_.put(fresh);
    for (auto const& token : {stays, goes, bobs, fresh}) EXPECT_TRUE(registry_.find(token.id));
    registry_.end_reload();
    EXPECT_TRUE(registry_.find(stays.id)->owner_is_admin);
    EXPECT_TRUE(registry_.find(fresh.id));
    EXPECT_FALSE(registry_.find(goes.id));
    EXPECT_FALSE(registry_.find(bobs.id));
    EXPECT_EQ(registry_.size(), 2U);

    registry_.put_user(kBob, "bob", false);
    EXPECT_FALSE(registry_.find(bobs.id)) << "a purged token does not return with its user";
}

TEST_F(RegistryTest, ReloadForgetsATokenThatWasErasedDuringTheReload) {
    auto const token = token_of(kAlice);
    auto const other = token_of(kAlice);
    registry_.put(other);
    registry_.begin_reload();
    registry_.put_user(kAlice, "alice", false);
    registry_.put(token);
    registry_.erase(token.id);
    registry_.put(other);  // in the entry that became free
    registry_.end_reload();
    EXPECT_FALSE(registry_.find(token.id));
    EXPECT_TRUE(registry_.find(other.id));
}

TEST_F(RegistryTest, BeginReloadRestartsAnUnfinishedReload) {
    auto const before = token_of(kAlice);
    auto const after = token_of(kAlice);
    registry_.begin_reload();
    registry_.put_user(kAlice, "alice", false);
    registry_.put(before);
    registry_.begin_reload();
    registry_.put_user(kAlice, "alice", false);
    registry_.put(after);
    registry_.end_reload();
    EXPECT_FALSE(registry_.find(before.id));
    EXPECT_TRUE(registry_.find(after.id));
}

TEST_F(RegistryTest, RenamedUserUnderTheSameIdDoesNotInheritTokens) {
    auto const token = token_of(kAlice);
    registry_.put(token);
    registry_.put_user(kAlice, "mallory", true);
    EXPECT_FALSE(registry_.find(token.id));
    auto const theirs = token_of(kAlice);
    registry_.put(theirs);
    EXPECT_EQ(registry_.find(theirs.id)->owner_name, "mallory");
}

Grants grants(std::initializer_list<std::string> texts) { return GrantList::parse(std::vector<std::string>{texts}).value(); }

TEST_F(RegistryTest, ReturnsTheCurrentGrantsOfTokensAndUsers) {
    auto token = token_of(kAlice);
    token.policy.endpoints = grants({"GET /a", "/b/**"});
    token.is_edited = true;
    registry_.put(token);
    auto const found = registry_.find(token.id);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->is_scoped);
    EXPECT_TRUE(found->is_edited);
    EXPECT_EQ(found->ends_at, token.ends_at);
    auto const limits = registry_.limits(token.id);
    ASSERT_TRUE(limits && limits->endpoints() != nullptr);
    EXPECT_TRUE(*limits->endpoints() == *token.policy.endpoints);
    EXPECT_EQ(limits->ceiling(), nullptr);

    registry_.put_user(kAlice, "alice", false, grants({"/c"}));
    EXPECT_EQ(registry_.limits(token.id)->ceiling()->grants().front().text(), "/c");

    token.policy = {};
    registry_.put(token);
    EXPECT_EQ(registry_.limits(token.id)->endpoints(), nullptr);
    EXPECT_TRUE(registry_.find(token.id)->is_scoped) << "by the ceiling";
    registry_.put_user(kAlice, "alice", false, nullptr);
    EXPECT_EQ(registry_.limits(token.id)->ceiling(), nullptr);
    EXPECT_FALSE(registry_.find(token.id)->is_scoped);
    // The limits of an earlier call remain valid while they are held.
    EXPECT_EQ(limits->endpoints()->grants().size(), 2U);
}

TEST_F(RegistryTest, ReportsADisabledTokenUntilItIsEnabled) {
    auto token = token_of(kAlice);
    token.policy = {.endpoints = grants({"/a"}), .is_enabled = false};
    registry_.put(token);
    EXPECT_TRUE(registry_.find(token.id)->is_disabled);
    EXPECT_EQ(registry_.find(token.id)->ends_at, token.ends_at);
    token.policy.is_enabled = true;
    registry_.put(token);
    EXPECT_FALSE(registry_.find(token.id)->is_disabled);
    EXPECT_EQ(registry_.limits(token.id)->endpoints()->grants().front().text(), "/a");
}

TEST_F(RegistryTest, HasNoLimitsForATokenThatIsNotRegistered) {
    auto const token = token_of(kAlice);
    EXPECT_FALSE(registry_.limits(token.id));
    registry_.put(token);
    EXPECT_TRUE(registry_.limits(token.id));
    registry_.erase_user(kAlice);
    EXPECT_FALSE(registry_.limits(token.id));
}

TEST_F(RegistryTest, UserPutAgainDoesNotInheritTheOldCeiling) {
    registry_.put_user(kAlice, "alice", false, grants({"/a"}));
    registry_.erase_user(kAlice);
    registry_.put_user(kAlice, "alice", false);
    auto const token = token_of(kAlice);
    registry_.put(token);
    EXPECT_EQ(registry_.limits(token.id)->ceiling(), nullptr);
}

TEST_F(RegistryTest, ReadersNeverSeeWrongOrMissingGrantsDuringChanges) {
    // The lists of two tokens change all the time, so that the numbers of the lists are reused at once. Meanwhile, the
    // ceiling of their user changes.
    std::array<authority::LiveToken, 2> tokens{token_of(kAlice), token_of(kAlice)};
    registry_.put_user(kBob, "bob", false);
    auto const put = [&](std::size_t which, int round) {
        tokens.at(which).policy.endpoints = grants({"/" + std::to_string(which) + "/" + std::to_string(round)});
        registry_.put(tokens.at(which));
    };
    put(0, 0), put(1, 0);
    registry_.put_user(kAlice, "alice", false, grants({"/ceiling/0"}));

    std::atomic<bool> is_over = false;
    std::atomic<int> wrong = 0;
    std::atomic<std::uint64_t> looks = 0;
    {
        std::vector<std::jthread> readers;
        for (std::size_t reader = 0; reader < 3; ++reader)
            readers.emplace_back([&, which = reader % 2] {
                auto const mine = "/" + std::to_string(which) + "/";
                while (!is_over) {
                    auto const limits = registry_.limits(tokens.at(which).id);
                    bool const is_right = limits && limits->endpoints() != nullptr &&
                                          limits->endpoints()->grants().front().text().starts_with(mine) && limits->ceiling() != nullptr &&
                                          limits->ceiling()->grants().front().text().starts_with("/ceiling/");
                    if (!is_right) ++wrong;
                    ++looks;
                }
            });
        while (looks == 0) std::this_thread::yield();
        for (int round = 1; round < 3000; ++round) {
            put(static_cast<std::size_t>(round) % 2, round);
            if (round % 10 == 0) registry_.put_user(kAlice, "alice", false, grants({"/ceiling/" + std::to_string(round)}));
        }
        is_over = true;
    }
    EXPECT_EQ(wrong, 0);
}

TEST_F(RegistryTest, ReadersNeverSeeTornOrMissingEntriesDuringChanges) {
    std::vector<authority::LiveToken> lasting;
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
            std::vector<authority::LiveToken> passing;
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

TEST_F(RegistryTest, CountsTokensByStateAndTimeLeft) {
    auto const now = Instant{std::chrono::seconds{1'900'000'000}};
    auto const put = [&](std::chrono::seconds left, bool is_enabled) {
        auto token = token_of(kAlice);
        token.ends_at = now + left;
        token.policy.is_enabled = is_enabled;
        registry_.put(token);
        return token.id;
    };
    using std::chrono::days;
    put(std::chrono::seconds{0}, true);
    put(std::chrono::seconds{-5}, false);
    put(days{1}, true);
    put(days{1} + std::chrono::seconds{1}, true);
    put(days{30}, true);
    put(days{31}, true);
    put(days{1}, false);
    registry_.erase(put(days{1}, true));

    auto const counts = registry_.count(now);
    EXPECT_EQ(counts.live, 4U);
    EXPECT_EQ(counts.disabled, 1U);
    EXPECT_EQ(counts.expired, 2U);
    EXPECT_EQ(counts.ending, (std::array<std::uint64_t, 3>{1, 2, 3}));
}

TEST_F(RegistryTest, TokensCanBeCountedWhileTheyChange) {
    constexpr std::uint64_t kMost = 5'000;  // more than one chunk of entries
    std::atomic<bool> is_done{false};
    std::jthread const writer{[&] {
        for (std::uint64_t i = 0; i < kMost; ++i) registry_.put(token_of(kAlice));
        is_done = true;
    }};
    while (!is_done) EXPECT_LE(registry_.count(Instant{}).live, kMost);
    EXPECT_EQ(registry_.count(Instant{}).live, kMost);
}

}  // namespace
}  // namespace warder::index
