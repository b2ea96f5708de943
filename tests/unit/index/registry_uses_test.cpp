// SPDX-License-Identifier: MIT
#include "fakes.hpp"
#include "index/registry.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

namespace warder::index {
namespace {

constexpr UserId kUser{1};

class RegistryUses : public testing::Test {
  protected:
    RegistryUses() { registry_.put_user(kUser, "alice", false); }

    authority::LiveToken put() {
        authority::LiveToken token{.id = TokenId::make(random_), .owner = kUser, .ends_at = Instant{std::chrono::seconds{2'000'000'000}}};
        registry_.put(token);
        return token;
    }
    [[nodiscard]] authority::RegistryEntryRef entry_of(TokenId const& id) const { return registry_.find(id).value().entry_ref; }
    void use(TokenId const& id) const { registry_.note_use(id, entry_of(id), kUse); }
    [[nodiscard]] std::int64_t count(TokenId const& id) const {
        auto const uses = registry_.uses_of(id);
        return uses ? uses->uses.count : 0;
    }
    /// Returns the unsaved counts by token.
    [[nodiscard]] std::map<TokenId, std::int64_t> unsaved() const {
        std::map<TokenId, std::int64_t> found;
        for (auto const& [key, seen] : registry_.unsaved_uses(0, 1000).tokens) found[key.id] = seen.uses.count;
        return found;
    }

    static constexpr UsageTable::Use kUse{.at = Instant{std::chrono::seconds{1'800'000'000}}, .from = {1, 2, 3}};

    tests::CountingRandom random_;
    Registry registry_{7};
};

TEST_F(RegistryUses, CountsUsesPerToken) {
    auto const one = put();
    auto const other = put();
    use(one.id);
    use(one.id);
    EXPECT_EQ(count(one.id), 2);
    EXPECT_EQ(registry_.uses_of(one.id)->uses.last.at, kUse.at);
    EXPECT_EQ(registry_.uses_of(one.id)->uses.last.from, kUse.from);
    EXPECT_FALSE(registry_.uses_of(other.id));
}

TEST_F(RegistryUses, KeepsTheCountWhenTheTokenIsReplaced) {
    auto token = put();
    auto const before = entry_of(token.id);
    use(token.id);
    token.is_edited = true;
    registry_.put(token);
    EXPECT_EQ(count(token.id), 1);
    // `before` was found before the token was replaced.
    registry_.note_use(token.id, before, kUse);
    EXPECT_EQ(count(token.id), 2);
    EXPECT_EQ(unsaved(), (std::map<TokenId, std::int64_t>{{token.id, 2}}));
}

TEST_F(RegistryUses, IgnoresUsesOfAnErasedTokenInAReusedEntry) {
    auto const token = put();
    auto const before = entry_of(token.id);
    use(token.id);
    registry_.erase(token.id);
    EXPECT_FALSE(registry_.uses_of(token.id));
    EXPECT_TRUE(unsaved().empty());
    auto const next = put();
    ASSERT_EQ(entry_of(next.id).entry, before.entry) << "entries are used again";
    registry_.note_use(token.id, before, kUse);
    EXPECT_EQ(count(next.id), 0);
    use(next.id);
    EXPECT_EQ(count(next.id), 1);
}

TEST_F(RegistryUses, ErasingAUserDropsUnsavedUses) {
    auto const token = put();
    use(token.id);
    registry_.erase_user(kUser);
    EXPECT_TRUE(unsaved().empty());
}

TEST_F(RegistryUses, KeepsCountsAcrossReloads) {
    auto const kept = put();
    auto const gone = put();
    use(kept.id);
    use(gone.id);
    for (int round = 0; round < 2; ++round) {
        registry_.begin_reload();
        registry_.put_user(kUser, "alice", false);
        registry_.put(kept);
        registry_.end_reload();
        EXPECT_EQ(count(kept.id), 1);
        EXPECT_EQ(unsaved(), (std::map<TokenId, std::int64_t>{{kept.id, 1}}));
    }
}

TEST_F(RegistryUses, FlushesEachCountOnceAndLaterUsesAgain) {
    std::vector<authority::LiveToken> tokens;
    for (int i = 0; i < 25; ++i) tokens.push_back(put());
    for (auto const& token : tokens) use(token.id);

    std::size_t collected = 0;
    for (std::optional<std::uint32_t> next = 0; next;) {
        auto const some = registry_.unsaved_uses(*next, 10);
        EXPECT_LE(some.tokens.size(), 10U);
        collected += some.tokens.size();
        next = some.next;
        registry_.acknowledge_flush(some);
    }
    EXPECT_EQ(collected, tokens.size());
    EXPECT_TRUE(unsaved().empty());
    use(tokens[3].id);
    EXPECT_EQ(unsaved(), (std::map<TokenId, std::int64_t>{{tokens[3].id, 2}}));
    EXPECT_EQ(registry_.uses_of(tokens[3].id)->saved, 1);
}

TEST_F(RegistryUses, LosesNoUseWhileTokensAreChangedAddedAndErased) {
    constexpr std::size_t kLasting = 16;
    constexpr std::int64_t kRounds = 4'000;
    std::vector<authority::LiveToken> lasting;
    for (std::size_t i = 0; i < kLasting; ++i) lasting.push_back(put());
    std::atomic<int> running = 3;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 3; ++thread)
            threads.emplace_back([&] {
                for (std::int64_t round = 0; round < kRounds; ++round)
                    for (auto const& token : lasting) use(token.id);
                --running;
            });
        threads.emplace_back([&] {
            while (running > 0) registry_.acknowledge_flush(registry_.unsaved_uses(0, 1000));
        });
        for (std::size_t round = 0; running > 0; ++round) {
            auto& token = lasting[round % kLasting];
            auto const passing = put();
            use(passing.id);
            auto changed = token;
            changed.is_edited = round % 2 == 0;
            registry_.put(changed);
            registry_.erase(passing.id);
            if (round % 64 == 0) std::this_thread::yield();
        }
    }
    for (auto const& token : lasting) EXPECT_EQ(count(token.id), 3 * kRounds);
    registry_.acknowledge_flush(registry_.unsaved_uses(0, 1000));
    for (auto const& token : lasting) EXPECT_EQ(registry_.uses_of(token.id)->saved, 3 * kRounds);
}

TEST_F(RegistryUses, LosesNoFirstUseWhileTheTokenIsReplaced) {
    // Only at this moment can a token get two usage records.
    for (int round = 0; round < 400; ++round) {
        auto const token = put();
        std::atomic<int> ready = 0;
        {
            std::vector<std::jthread> users;
            for (int user = 0; user < 2; ++user)
                users.emplace_back([&] {
                    auto const entry_ref = entry_of(token.id);
                    ++ready;
                    while (ready < 3) std::this_thread::yield();
                    registry_.note_use(token.id, entry_ref, kUse);
                });
            while (ready < 2) std::this_thread::yield();
            ++ready;
            registry_.put(token);
        }
        ASSERT_EQ(count(token.id), 2);
        registry_.erase(token.id);
    }
}

}  // namespace
}  // namespace warder::index
