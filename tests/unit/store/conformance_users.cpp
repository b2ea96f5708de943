// SPDX-License-Identifier: MIT
// Requirements for every store: users.
#include "store/store_conformance.hpp"

namespace warder::tests {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

TEST_P(StoreConformance, KeepsUsersAcrossARestart) {
    auto const alice = add_user("Alice", true);
    add_token(alice);
    reopen();
    ASSERT_TRUE(read(*store_, [&](Snapshot& s) -> Result<void> {
        auto const found = s.user_named("aLiCE").value();
        EXPECT_TRUE(found);
        if (!found) return {};
        EXPECT_EQ(found->id, alice);
        EXPECT_EQ(found->name, "Alice");
        EXPECT_EQ(found->password_hash, hash_of("hash"));
        EXPECT_TRUE(found->is_admin);
        EXPECT_EQ(found->created_at, now());
        EXPECT_EQ(found->token_count, 1);
        EXPECT_FALSE(s.user_named("alic").value());
        return {};
    }));
}

TEST_P(StoreConformance, ChangesAndDeletesUsers) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob", true);
    auto const gone = add_token(bob);
    ASSERT_TRUE(write(*store_, [&](Transaction& t) -> Result<void> {
        EXPECT_TRUE(t.set_admin(alice, true));
        EXPECT_EQ(t.count_admins().value(), 2);
        EXPECT_TRUE(t.set_password_hash(alice, hash_of("other")));
        return t.delete_user(bob);
    }));
    ASSERT_TRUE(read(*store_, [&](Snapshot& s) -> Result<void> {
        auto const users = s.users().value();
        EXPECT_EQ(users.size(), 1U);
        EXPECT_EQ(users.front().password_hash, hash_of("other"));
        EXPECT_EQ(s.count_admins().value(), 1);
        EXPECT_FALSE(s.user(bob).value());
        EXPECT_FALSE(s.token(gone.key()).value());
        EXPECT_FALSE(s.find_token(gone.id).value());
        return {};
    }));
}

TEST_P(StoreConformance, RejectsNamesThatDifferOnlyInCaseAndNeverReusesIds) {
    auto const alice = add_user("Alice");
    auto const again = write(*store_, [&](Transaction& t) -> Result<void> {
        auto const made =
            t.insert_user({.id = {}, .name = "aLICE", .password_hash = hash_of("hash"), .is_admin = false, .ceiling = {}, .created_at = now()});
        return made ? Result<void>{} : std::unexpected{made.error()};
    });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), Error::kUserExists);
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_user(alice); }));
    EXPECT_NE(add_user("Alice"), alice);
}

TEST_P(StoreConformance, CountsTheTokensOfAUser) {
    auto const alice = add_user("alice");
    auto const one = add_token(alice, "one");
    add_token(alice, "two");
    for (int again = 0; again < 2; ++again) ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_token(one.key()); }));
    ASSERT_TRUE(read(*store_, [&](Snapshot& s) -> Result<void> {
        EXPECT_EQ(s.user(alice).value()->token_count, 1);
        return {};
    }));
}

}  // namespace warder::tests
