// SPDX-License-Identifier: MIT
// What a store must do that can bound all tokens of a user. Specter's file has no place for it.
#include "store/store_conformance.hpp"

namespace warder::tests {

using authority::Result;
using authority::Snapshot;
using authority::Transaction;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CeilingConformance);

TEST_P(CeilingConformance, KeepsAndTellsTheCeilingOfAUser) {
    auto const ceiling = GrantList::parse(Words{"GET /a/**", "/b"}).value();
    UserId alice{};
    ASSERT_TRUE(write(*store_, [&](Transaction& t) -> Result<void> {
        auto const made =
            t.insert_user({.id = {}, .name = "alice", .password_hash = hash_of("hash"), .is_admin = false, .ceiling = ceiling, .created_at = now()});
        if (made) alice = *made;
        return made ? Result<void>{} : std::unexpected{made.error()};
    }));
    auto const kept = [&] {
        Grants found;
        EXPECT_TRUE(read(*store_, [&](Snapshot& s) -> Result<void> {
            found = s.user(alice).value()->ceiling;
            return {};
        }));
        return found;
    };
    reopen();
    ASSERT_NE(kept(), nullptr);
    EXPECT_TRUE(*kept() == *ceiling);

    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    auto const heard = notes.take();
    EXPECT_EQ(heard.at(heard.size() - 2), "user alice hash under GET /a/**");
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.set_ceiling(alice, GrantList::parse(Words{"/c"}).value()); }));
    EXPECT_EQ(notes.take(), Words{"user alice hash under /c"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.set_ceiling(alice, nullptr); }));
    EXPECT_EQ(notes.take(), Words{"user alice hash"});
    reopen();
    EXPECT_EQ(kept(), nullptr);
}

}  // namespace warder::tests
