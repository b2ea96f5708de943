// SPDX-License-Identifier: MIT
// Requirements for every store: announcing changes.
#include "store/store_conformance.hpp"

#include <gmock/gmock.h>

#include <utility>

namespace warder::tests {

using authority::Error;
using authority::Result;
using authority::Transaction;

TEST_P(StoreConformance, AttachAnnouncesTheCompleteContentWithUsersFirst) {
    auto const alice = add_user("alice", true);
    add_token(alice);
    add_user("bob");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    EXPECT_EQ(recorder.take(), (Words{"start over", "user alice (admin) hash", "user bob hash", "token", "complete"}));
    store_.reset();
}

TEST_P(StoreConformance, AnnouncesEachChangeBeforeTheWriteCompletes) {
    auto const alice = add_user("alice");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    recorder.take();
    auto const record = add_token(alice);
    EXPECT_EQ(recorder.take(), Words{"token"});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_description(t, record.key(), "other"); }));
    EXPECT_EQ(recorder.take(), Words{"edited"});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.tokens->erase(record.key()); }));
    EXPECT_EQ(recorder.take(), Words{"token gone"});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_password_hash(t, alice, hash_of("new")); }));
    EXPECT_EQ(recorder.take(), Words{"user alice new"});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.users->erase(alice); }));
    EXPECT_EQ(recorder.take(), Words{"user gone"});
    store_.reset();
}

TEST_P(StoreConformance, AnnouncesNothingOfAFailedWrite) {
    auto const alice = add_user("alice");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    recorder.take();
    auto const refused = write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(insert(t, token(alice, "undone")));
        EXPECT_TRUE(set_admin(t, alice, true));
        return std::unexpected{Error::kTooManyTokens};
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Error::kTooManyTokens);
    EXPECT_EQ(recorder.take(), Words{});
    EXPECT_EQ(list({}).value(), Words{});
    store_.reset();
}

TEST_P(StoreConformance, RefreshAnnouncesChangesOfAnotherProcess) {
    auto const alice = add_user("alice");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    recorder.take();
    auto const other = location_->open();
    auto const record = token(alice);
    ASSERT_TRUE(write(*other, [&](Transaction const& t) { return insert(t, record); }));
    ASSERT_TRUE(write(*other, [&](Transaction const& t) { return set_admin(t, alice, true); }));
    ASSERT_TRUE(refresh(*store_));
    EXPECT_THAT(recorder.take(), testing::UnorderedElementsAre("token", "user alice (admin) hash"));
    store_.reset();
}

}  // namespace warder::tests
