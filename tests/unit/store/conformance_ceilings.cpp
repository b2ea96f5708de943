// SPDX-License-Identifier: MIT
// Requirements for stores that keep ceilings of users. Specter's file cannot.
#include "store/store_conformance.hpp"

namespace warder::tests {

using authority::Result;
using authority::Snapshot;
using authority::Transaction;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CeilingConformance);

TEST_P(CeilingConformance, KeepsAndAnnouncesTheCeilingOfAUser) {
    auto const ceiling = GrantList::parse(Words{"GET /a/**", "/b"}).value();
    UserId alice{};
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        auto const made = t.users->insert(
            {.id = {}, .name = "alice", .password_hash = hash_of("hash"), .is_admin = false, .ceiling = ceiling, .created_at = now()});
        if (made) alice = *made;
        return made ? Result<void>{} : std::unexpected{made.error()};
    }));
    auto const kept = [&] {
        Grants found;
        EXPECT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
            found = s.users->find(alice).value()->ceiling;
            return {};
        }));
        return found;
    };
    reopen();
    ASSERT_NE(kept(), nullptr);
    EXPECT_TRUE(*kept() == *ceiling);

    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    auto const changes = recorder.take();
    EXPECT_EQ(changes.at(changes.size() - 2), "user alice hash under GET /a/**");
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_ceiling(t, alice, GrantList::parse(Words{"/c"}).value()); }));
    EXPECT_EQ(recorder.take(), Words{"user alice hash under /c"});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_ceiling(t, alice, nullptr); }));
    EXPECT_EQ(recorder.take(), Words{"user alice hash"});
    reopen();
    EXPECT_EQ(kept(), nullptr);
}

}  // namespace warder::tests
