// SPDX-License-Identifier: MIT
#include "authority/sign_in/session_table.hpp"

#include "crypto/hmac.hpp"
#include "fakes.hpp"
#include "index/user_directory.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace warder::authority {
namespace {

using namespace std::chrono_literals;

constexpr auto kEnded = SessionAbsence::kEnded;
constexpr auto kUnconfirmed = SessionAbsence::kUnconfirmed;

/// A table that follows a store, which several nodes share.
class SharedSessionTable : public testing::Test {
  protected:
    SharedSessionTable() { put_user(1, "hash"); }

    void put_user(std::int64_t id, std::string hash) {
        UserRecord record;
        record.id = UserId{id};
        record.name = "user" + std::to_string(id);
        record.password_hash = std::move(hash);
        directory_.put(record);
    }
    [[nodiscard]] StoredSession session(std::string_view name, std::int64_t user = 1) const {
        auto const now = table_.stored_now();
        return {.id_digest = crypto::sha256(name), .user = UserId{user}, .password_digest = crypto::sha256("hash"), .begun_at = now, .used_at = now};
    }
    void report(std::initializer_list<Change> changes) { table_.on_changes({changes.begin(), changes.size()}); }
    auto use(StoredSession const& session) { return table_.use(session.id_digest, directory_, true); }
    bool is_active(StoredSession const& session) { return use(session).has_value(); }

    tests::ManualClock clock_;
    index::UserDirectory directory_;
    SessionTable table_{clock_, {.idle = 30min, .absolute = 12h}};
};

TEST_F(SharedSessionTable, KnowsWhatWasReported) {
    auto const one = session("one");
    EXPECT_EQ(use(one).error(), kUnconfirmed);
    report({SessionUpserted{one}});
    ASSERT_TRUE(use(one));
    EXPECT_EQ(use(one)->account.name, "user1");
    EXPECT_EQ(use(one)->expires_at, std::chrono::floor<std::chrono::seconds>(clock_.now()) + 30min);
    report({SessionRemoved{one.id_digest}, SessionRemoved{one.id_digest}});
    EXPECT_EQ(use(one).error(), kUnconfirmed);
}

TEST_F(SharedSessionTable, RemovesTheSessionsOfARemovedUser) {
    put_user(2, "hash");
    auto const one = session("one");
    auto const other = session("other", 2);
    report({SessionUpserted{one}, SessionUpserted{other}, UserRemoved{UserId{1}}});
    EXPECT_FALSE(is_active(one));
    EXPECT_TRUE(is_active(other));
}

TEST_F(SharedSessionTable, KeepsOnlyTheCompleteContentAfterAReset) {
    auto const gone = session("gone");
    auto const kept = session("kept");
    report({SessionUpserted{gone}, SessionUpserted{kept}});
    report({Reset{}});
    EXPECT_TRUE(is_active(gone)) << "the old content stays in force until the new one is complete";
    report({SessionUpserted{kept}});
    report({ResetComplete{}});
    EXPECT_FALSE(is_active(gone));
    EXPECT_TRUE(is_active(kept));
}

TEST_F(SharedSessionTable, LeavesItToTheStoreWhetherAnIdleSessionHasEnded) {
    auto one = session("one");
    report({SessionUpserted{one}});
    clock_.advance(30min);
    EXPECT_EQ(use(one).error(), kUnconfirmed);
    EXPECT_EQ(use(one).error(), kUnconfirmed) << "a denied request is no use";
    one.used_at += 10min;
    EXPECT_FALSE(table_.has_ended(one));
    table_.note_stored(one);
    EXPECT_TRUE(is_active(one));
}

TEST_F(SharedSessionTable, LeavesItToTheStoreWhetherThePasswordHasChanged) {
    auto const one = session("one");
    report({SessionUpserted{one}});
    put_user(1, "another hash");
    EXPECT_EQ(use(one).error(), kUnconfirmed);
    directory_.erase(UserId{1});
    EXPECT_EQ(use(one).error(), kUnconfirmed) << "the user may not have been reported yet";
}

TEST_F(SharedSessionTable, EndsASessionThatIsTooOldWithoutAskingTheStore) {
    auto one = session("one");
    clock_.advance(11h);
    one.used_at = table_.stored_now();
    report({SessionUpserted{one}});
    EXPECT_TRUE(is_active(one)) << "its age counts from sign-in, not from when this node heard of it";
    clock_.advance(1h);
    EXPECT_EQ(use(one).error(), kEnded);
}

TEST_F(SharedSessionTable, CountsATimeThatIsAheadAsNow) {
    auto one = session("one");
    one.begun_at += 10min;
    one.used_at += 10min;
    report({SessionUpserted{one}});
    clock_.advance(30min - 1ns);
    EXPECT_TRUE(is_active(one));
    clock_.advance(30min);
    EXPECT_FALSE(is_active(one));
}

TEST_F(SharedSessionTable, NeverAddsASessionBecauseOfAStoredUse) {
    auto const one = session("one");
    table_.note_stored(one);
    EXPECT_FALSE(is_active(one)) << "it may have been removed since the store was read";
}

TEST_F(SharedSessionTable, TellsWhichUsesAreToBeStored) {
    auto const one = session("one");
    auto const unused = session("unused");
    report({SessionUpserted{one}, SessionUpserted{unused}});
    EXPECT_TRUE(is_active(one));
    EXPECT_TRUE(table_.unsaved_uses(0ms).empty());
    clock_.advance(59s);
    EXPECT_TRUE(is_active(one));
    EXPECT_TRUE(table_.unsaved_uses(1min).empty());
    clock_.advance(1s);
    EXPECT_TRUE(is_active(one));
    auto const uses = table_.unsaved_uses(1min);
    ASSERT_EQ(uses.size(), 1U);
    EXPECT_EQ(uses[0].id_digest, one.id_digest);
    EXPECT_EQ(uses[0].at, table_.stored_now());
    EXPECT_EQ(table_.unsaved_uses(1min).size(), 1U) << "not stored yet";
    table_.mark_saved(uses);
    EXPECT_TRUE(table_.unsaved_uses(0ms).empty());
}

TEST_F(SharedSessionTable, TellsWhichStoredSessionsHaveEnded) {
    auto one = session("one");
    clock_.advance(30min - 1ms);
    EXPECT_FALSE(table_.has_ended(one));
    clock_.advance(1ms);
    EXPECT_TRUE(table_.has_ended(one));
    one.used_at = table_.stored_now();
    EXPECT_FALSE(table_.has_ended(one));
    clock_.advance(11h + 30min);
    one.used_at = table_.stored_now();
    EXPECT_TRUE(table_.has_ended(one));
}

}  // namespace
}  // namespace warder::authority
