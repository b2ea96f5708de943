// SPDX-License-Identifier: MIT
#include "index/token_index.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace warder::index {
namespace {

constexpr UserId kOwner{1};

class TokenIndexTest : public testing::Test {
  protected:
    authority::LiveToken token() { return {.id = TokenId::make(random_), .owner = kOwner, .ends_at = Instant{std::chrono::seconds{2'000'000'000}}}; }
    static authority::UserUpserted alice() {
        UserRecord record;
        record.id = kOwner;
        record.name = "alice";
        record.password_hash = "hash";
        return {record};
    }
    void apply(std::vector<authority::Change> const& changes) {
        for (auto const& change : changes) index_.on_changes({&change, 1});
    }
    /// Returns the changes that announce the whole content, as a store sends them.
    std::vector<authority::Change> content(std::vector<authority::LiveToken> const& tokens) {
        std::vector<authority::Change> changes{authority::Reset{}, alice()};
        for (auto const& token : tokens) changes.emplace_back(authority::TokenUpserted{token});
        changes.emplace_back(authority::ResetComplete{});
        return changes;
    }

    tests::CountingRandom random_;
    TokenIndex index_{0x1234'5678'9ABC'DEF0ULL};
};

TEST_F(TokenIndexTest, UnfinishedResetRemovesNothing) {
    auto const stays = token();
    auto const revoked = token();
    apply(content({stays, revoked}));
    auto changes = content({stays});
    changes.pop_back();
    apply(changes);
    EXPECT_TRUE(index_.registry().find(stays.id));
    EXPECT_TRUE(index_.directory().find("alice"));
    apply({authority::ResetComplete{}});
    EXPECT_TRUE(index_.registry().find(stays.id));
    EXPECT_FALSE(index_.registry().find(revoked.id));
}

TEST_F(TokenIndexTest, ReadersNeverMissAnActiveTokenOrUserDuringResets) {
    constexpr int kReloads = 20;
    std::vector<authority::LiveToken> lasting;
    for (int i = 0; i < 500; ++i) lasting.push_back(token());
    auto const revoked = token();
    auto all = lasting;
    all.push_back(revoked);
    apply(content(all));

    std::atomic<bool> is_over = false;
    std::atomic<bool> is_revoked = false;
    std::atomic<int> missed = 0, revived = 0, reads = 0;
    {
        auto const read = [&] {
            while (!is_over) {
                for (auto const& one : lasting)
                    if (!index_.registry().find(one.id)) ++missed;
                if (!index_.directory().find("alice")) ++missed;
                bool const was_revoked = is_revoked;
                if (was_revoked && index_.registry().find(revoked.id)) ++revived;
                ++reads;
            }
        };
        std::jthread const one{read};
        std::jthread const two{read};
        for (int reload = 0; reload < kReloads || reads < kReloads; ++reload) {
            auto now = lasting;
            for (int i = 0; i < 100; ++i) now.push_back(token());  // so that entries are reused
            apply(content(now));
            is_revoked = true;
        }
        is_over = true;
    }
    EXPECT_EQ(missed, 0);
    EXPECT_EQ(revived, 0);
    EXPECT_EQ(index_.registry().size(), lasting.size() + 100);
}

}  // namespace
}  // namespace warder::index
