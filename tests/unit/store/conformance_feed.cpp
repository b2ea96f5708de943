// SPDX-License-Identifier: MIT
// What every store must do: telling what changed.
#include "store/store_conformance.hpp"

#include <gmock/gmock.h>

#include <utility>

namespace warder::tests {

using authority::Error;
using authority::Result;
using authority::Transaction;

TEST_P(StoreConformance, TellsTheWholeContentUsersFirst) {
    auto const alice = add_user("alice", true);
    add_token(alice);
    add_user("bob");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    EXPECT_EQ(notes.take(), (Words{"start over", "user alice (admin) hash", "user bob hash", "token", "complete"}));
    store_.reset();
}

TEST_P(StoreConformance, TellsEachChangeBeforeItIsAcknowledged) {
    auto const alice = add_user("alice");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    notes.take();
    auto const record = add_token(alice);
    EXPECT_EQ(notes.take(), Words{"token"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.set_description(record.key(), "other"); }));
    EXPECT_EQ(notes.take(), Words{"edited"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_token(record.key()); }));
    EXPECT_EQ(notes.take(), Words{"token gone"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.set_password_hash(alice, hash_of("new")); }));
    EXPECT_EQ(notes.take(), Words{"user alice new"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_user(alice); }));
    EXPECT_EQ(notes.take(), Words{"user gone"});
    store_.reset();
}

TEST_P(StoreConformance, TellsNothingOfWhatFailed) {
    auto const alice = add_user("alice");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    notes.take();
    auto const refused = write(*store_, [&](Transaction& t) -> Result<void> {
        EXPECT_TRUE(insert(t, token(alice, "undone")));
        EXPECT_TRUE(t.set_admin(alice, true));
        return std::unexpected{Error::kTooManyTokens};
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Error::kTooManyTokens);
    EXPECT_EQ(notes.take(), Words{});
    EXPECT_EQ(list({}).value(), Words{});
    store_.reset();
}

TEST_P(StoreConformance, HearsOfAnotherProcessAtARefresh) {
    auto const alice = add_user("alice");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    notes.take();
    auto const other = place_->open();
    auto const record = token(alice);
    ASSERT_TRUE(write(*other, [&](Transaction& t) { return insert(t, record); }));
    ASSERT_TRUE(write(*other, [&](Transaction& t) { return t.set_admin(alice, true); }));
    ASSERT_TRUE(refresh(*store_));
    EXPECT_THAT(notes.take(), testing::UnorderedElementsAre("token", "user alice (admin) hash"));
    store_.reset();
}

}  // namespace warder::tests
