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

constexpr UserId kAlice{1};

class LiveStateTest : public testing::Test {
  protected:
    authority::LiveToken token() { return {.id = TokenId::make(random_), .owner = kAlice, .ends_at = Instant{std::chrono::seconds{2'000'000'000}}}; }
    static authority::UserUpserted alice() {
        UserRecord record;
        record.id = kAlice;
        record.name = "alice";
        record.password_hash = "hash";
        return {record};
    }
    void tell(std::vector<authority::Change> const& changes) {
        for (auto const& change : changes) live_.on_changes({&change, 1});
    }
    /// The whole content, as a store tells it.
    std::vector<authority::Change> content(std::vector<authority::LiveToken> const& tokens) {
        std::vector<authority::Change> changes{authority::Reset{}, alice()};
        for (auto const& token : tokens) changes.emplace_back(authority::TokenUpserted{token});
        changes.emplace_back(authority::ResetComplete{});
        return changes;
    }

    tests::CountingRandom random_;
    TokenIndex live_{0x1234'5678'9ABC'DEF0ULL};
};

TEST_F(LiveStateTest, HalfToldContentRefusesNothingThatWasLive) {
    auto const stays = token();
    auto const revoked = token();
    tell(content({stays, revoked}));
    auto changes = content({stays});
    changes.pop_back();
    tell(changes);
    EXPECT_TRUE(live_.registry().find(stays.id));
    EXPECT_TRUE(live_.directory().find("alice"));
    tell({authority::ResetComplete{}});
    EXPECT_TRUE(live_.registry().find(stays.id));
    EXPECT_FALSE(live_.registry().find(revoked.id));
}

TEST_F(LiveStateTest, ReadersNeverMissALiveTokenOrUserWhileEverythingIsToldAgain) {
    constexpr int kReloads = 20;
    std::vector<authority::LiveToken> lasting;
    for (int i = 0; i < 500; ++i) lasting.push_back(token());
    auto const revoked = token();
    auto all = lasting;
    all.push_back(revoked);
    tell(content(all));

    std::atomic<bool> is_over = false;
    std::atomic<bool> is_revoked = false;
    std::atomic<int> missed = 0, revived = 0, reads = 0;
    {
        auto const read = [&] {
            while (!is_over) {
                for (auto const& one : lasting)
                    if (!live_.registry().find(one.id)) ++missed;
                if (!live_.directory().find("alice")) ++missed;
                bool const was_revoked = is_revoked;
                if (was_revoked && live_.registry().find(revoked.id)) ++revived;
                ++reads;
            }
        };
        std::jthread const one{read};
        std::jthread const two{read};
        for (int reload = 0; reload < kReloads || reads < kReloads; ++reload) {
            auto now = lasting;
            for (int i = 0; i < 100; ++i) now.push_back(token());  // others come and go, so that entries are used again
            tell(content(now));
            is_revoked = true;
        }
        is_over = true;
    }
    EXPECT_EQ(missed, 0);
    EXPECT_EQ(revived, 0);
    EXPECT_EQ(live_.registry().size(), lasting.size() + 100);
}

}  // namespace
}  // namespace warder::index
