// SPDX-License-Identifier: MIT
// Requirements for stores that keep a renewed token together with its successor. Specter's file cannot.
#include "store/store_conformance.hpp"

#include <vector>

namespace warder::tests {

using authority::Result;
using authority::Snapshot;
using authority::Transaction;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OverlapConformance);

TEST_P(OverlapConformance, KeepsTheSuccessorOfATokenAcrossARestart) {
    auto record = token(add_user("alice"));
    record.succession = {.ends_at = now(), .successor = TokenId::make(random_)};
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return insert(t, record); }));
    reopen();
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        auto const found = s.tokens->find(record.key()).value();
        EXPECT_TRUE(found && found->succession == record.succession);
        return {};
    }));
}

TEST_P(OverlapConformance, SetSuccessionOfAnUnknownTokenChangesNothing) {
    auto const alice = add_user("alice");
    auto const nothing = TokenId::make(random_);
    ASSERT_TRUE(write(
        *store_, [&](Transaction const& t) { return set_succession(t, {.owner = alice, .id = nothing}, {.ends_at = now(), .successor = nothing}); }));
    EXPECT_EQ(list({}).value(), Words{});
}

TEST_P(OverlapConformance, OmitsARenewedTokenFromListsAfterItsOverlap) {
    auto const alice = add_user("alice");
    auto const old = add_token(alice, "old");
    add_token(alice, "other");
    TokenRecord::Succession const succession{.ends_at = now() + std::chrono::seconds{60}, .successor = TokenId::make(random_)};
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_succession(t, old.key(), succession); }));
    EXPECT_EQ(list({}).value(), (Words{"old", "other"}));

    clock_.advance(std::chrono::seconds{60});
    EXPECT_EQ(list({}).value(), Words{"other"});
    EXPECT_FALSE(list({.owner = {}, .after = old.id, .limit = {}}));
    clock_.advance(std::chrono::hours{1});
    EXPECT_EQ(list({}).value(), Words{"other"}) << "a token that has just expired stays in the list";
}

TEST_P(OverlapConformance, PurgesTokensThatExpiredLongAgoOrWereReplaced) {
    auto const alice = add_user("alice");
    add_token(alice, "long ago", std::chrono::seconds{1});
    add_token(alice, "lately", std::chrono::seconds{50});
    auto const replaced = add_token(alice, "replaced", std::chrono::hours{9});
    auto const overlapping = add_token(alice, "overlapping", std::chrono::hours{9});
    add_token(alice, "live", std::chrono::hours{9});
    auto const ends = [&](int seconds) {
        return TokenRecord::Succession{.ends_at = now() + std::chrono::seconds{seconds}, .successor = TokenId::make(random_)};
    };
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(set_succession(t, replaced.key(), ends(100)));
        return set_succession(t, overlapping.key(), ends(101));
    }));
    clock_.advance(std::chrono::seconds{100});
    for (auto const expected : {1, 1, 0}) EXPECT_EQ(purge_one(std::chrono::seconds{90}), expected);
    EXPECT_EQ(list({}).value(), (Words{"lately", "overlapping", "live"}));
}

}  // namespace warder::tests
