// SPDX-License-Identifier: MIT
// Requirements for every store: opened for reading only.
#include "store/store_conformance.hpp"

namespace warder::tests {

using authority::Result;
using authority::Snapshot;
using authority::Transaction;

TEST_P(StoreConformance, ReadOnlyStoreHasTheContentAndRejectsChanges) {
    auto const alice = add_user("alice");
    auto const token = add_token(alice);
    ASSERT_TRUE(add_event("one"));
    store_.reset();

    store_ = location_->open_read_only();
    EXPECT_EQ(list({}).value(), Words{"ci"});
    EXPECT_EQ(events(), Words{"one"});
    EXPECT_FALSE(write(*store_, [&](Transaction const& t) { return t.tokens->erase(token.key()); }));
    EXPECT_FALSE(add_event("two"));

    reopen();
    EXPECT_EQ(list({}).value(), Words{"ci"});
    EXPECT_EQ(events(), Words{"one"});
}

TEST_P(StoreConformance, ReadOnlyStoreReadsWhatAnotherProcessCommitsMeanwhile) {
    auto const alice = add_user("alice");
    auto const reader = location_->open_read_only();
    add_token(alice);
    ASSERT_TRUE(refresh(*reader));
    ASSERT_TRUE(read(*reader, [](Snapshot const& s) -> Result<void> {
        EXPECT_EQ(s.tokens->list({}).value().size(), 1U);
        return {};
    }));
}

}  // namespace warder::tests
