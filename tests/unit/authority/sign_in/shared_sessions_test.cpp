// SPDX-License-Identifier: MIT
// Sessions in a store that several nodes share.
#include "authority/sign_in/session_store.hpp"
#include "authority/sign_in/sessions.hpp"
#include "crypto/hmac.hpp"
#include "fakes.hpp"
#include "index/user_directory.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::authority {
namespace {

using namespace std::chrono_literals;

class SharedSessions : public testing::Test {
  protected:
    SharedSessions() {
        for (std::int64_t const id : {1, 2}) {
            UserRecord record;
            record.id = UserId{id};
            record.name = id == 1 ? "alice" : "bob";
            record.password_hash = "hash";
            directory_.put(record);
            store_.users.records.push_back(record);
        }
    }

    Result<std::optional<Sessions::NewSession>> begin(std::string_view name = "alice", std::span<std::string_view const> ends = {}) {
        std::optional<Result<std::optional<Sessions::NewSession>>> result;
        sessions_.begin(*directory_.find(name), ends, [&result](Result<std::optional<Sessions::NewSession>> begun) { result = std::move(begun); });
        return std::move(*result);
    }
    Result<void> end(std::string_view id) {
        std::optional<Result<void>> result;
        sessions_.end(id, [&result](Result<void> const& ended) { result = ended; });
        return *result;
    }
    Result<void> save_uses(bool all = false) {
        std::optional<Result<void>> result;
        sessions_.save_uses(all, [&result](Result<void> const& saved) { result = saved; });
        return *result;
    }
    /// Reports what the store has, as the change feed does.
    void report() {
        std::vector<Change> changes{Reset{}};
        for (auto const& session : store_.sessions.records) changes.emplace_back(SessionUpserted{session});
        changes.emplace_back(ResetComplete{});
        table_.on_changes(changes);
    }
    auto& stored() { return store_.sessions.records; }

    tests::ManualClock clock_;
    tests::CountingRandom random_;
    index::UserDirectory directory_;
    tests::SessionStoreFake store_;
    SessionTable table_{clock_, {.idle = 30min, .absolute = 12h}};
    Sessions sessions_{table_, directory_, random_, &store_};
};

TEST_F(SharedSessions, BeginsInTheStoreWithTheDigestOfTheIdOnly) {
    auto const made = begin();
    ASSERT_TRUE(made && *made);
    ASSERT_EQ(stored().size(), 1U);
    EXPECT_EQ(stored()[0].id_digest, crypto::sha256((*made)->id.view()));
    EXPECT_EQ(stored()[0].user, UserId{1});
    EXPECT_EQ(stored()[0].password_digest, crypto::sha256("hash"));
    EXPECT_EQ(sessions_.use((*made)->id.view()).error(), SessionAbsence::kUnconfirmed) << "only what the store reports is in force";
    report();
    auto const session = sessions_.use((*made)->id.view());
    ASSERT_TRUE(session);
    EXPECT_EQ(session->principal.name, "alice");
    EXPECT_EQ(session->csrf_token, (*made)->session.csrf_token);
    EXPECT_EQ(session->expires_at, (*made)->session.expires_at);
}

TEST_F(SharedSessions, DoesNotBeginForAUserWhoHasChangedInTheStore) {
    store_.users.records[0].password_hash = "another hash";
    auto const changed = begin();
    ASSERT_TRUE(changed);
    EXPECT_FALSE(changed->has_value());
    store_.users.records.erase(store_.users.records.begin());
    EXPECT_FALSE(begin()->has_value());
    EXPECT_TRUE(stored().empty());
}

TEST_F(SharedSessions, ReportsThatTheStoreIsAway) {
    auto const made = begin();
    store_.failure = Error::kStoreUnavailable;
    EXPECT_EQ(begin().error(), Error::kStoreUnavailable);
    EXPECT_EQ(end((*made)->id.view()).error(), Error::kStoreUnavailable);
    EXPECT_EQ(stored().size(), 1U);
}

TEST_F(SharedSessions, EndsInTheStore) {
    auto const made = begin();
    auto const replaced = begin();
    EXPECT_TRUE(end("nonsense"));
    EXPECT_TRUE(end((*made)->id.view()));
    ASSERT_EQ(stored().size(), 1U);
    std::vector<std::string_view> const ends{"nonsense", (*replaced)->id.view()};
    auto const last = begin("bob", ends);
    ASSERT_EQ(stored().size(), 1U);
    EXPECT_EQ(stored()[0].id_digest, crypto::sha256((*last)->id.view()));
}

TEST_F(SharedSessions, KeepsAtMost50OfAUserWithoutThoseThatHaveEnded) {
    EXPECT_TRUE(begin("bob"));
    auto const first = begin();
    for (std::size_t i = 1; i < SessionTable::kMaxPerUser; ++i) EXPECT_TRUE(begin());
    EXPECT_EQ(stored().size(), 1 + SessionTable::kMaxPerUser);
    EXPECT_TRUE(begin());
    EXPECT_EQ(stored().size(), 1 + SessionTable::kMaxPerUser);
    EXPECT_EQ(stored()[0].user, UserId{2}) << "a user can't sign others out";
    EXPECT_NE(stored()[1].id_digest, crypto::sha256((*first)->id.view()));
    clock_.advance(30min);
    EXPECT_TRUE(begin());
    EXPECT_EQ(stored().size(), 2U);
}

TEST_F(SharedSessions, ListsWhatTheStoreHasWithTheUsesThatAreNotStoredYet) {
    auto const known = begin();
    report();
    auto const unknown = begin();
    EXPECT_TRUE(begin("bob"));
    clock_.advance(20min);
    EXPECT_TRUE(sessions_.use((*known)->id.view()));
    std::optional<Result<std::vector<Sessions::Listed>>> listed;
    auto const list = [&] {
        sessions_.list(UserId{1}, (*known)->id.view(), [&listed](Result<std::vector<Sessions::Listed>> found) { listed = std::move(found); });
    };
    list();
    store_.answer_reading();
    ASSERT_EQ((*listed)->size(), 2U);
    EXPECT_EQ((*listed)->at(0).last_used_at, (*listed)->at(0).created_at + 20min);
    EXPECT_TRUE((*listed)->at(0).is_current);
    EXPECT_EQ((*listed)->at(1).last_used_at, (*listed)->at(1).created_at);
    clock_.advance(15min);
    list();
    store_.answer_reading();
    EXPECT_EQ((*listed)->size(), 1U) << "the other one is idle";
    list();
    store_.answer_reading(Error::kStoreUnavailable);
    EXPECT_EQ(listed->error(), Error::kStoreUnavailable);
}

TEST_F(SharedSessions, SignInEndsNoSessionsOfOthers) {
    auto const now = table_.stored_now();
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(SessionTable::kMaxInAll); ++i)
        stored().push_back({.id_digest = crypto::sha256(std::to_string(i)), .user = UserId{i + 10}, .begun_at = now, .used_at = now});
    EXPECT_TRUE(begin());
    EXPECT_EQ(stored().size(), SessionTable::kMaxInAll + 1) << "the purge deletes what is too much";
}

TEST_F(SharedSessions, ConfirmsWellFormedIdsOnly) {
    bool is_confirmed = false;
    sessions_.confirm("nonsense", [&](Result<void> const& confirmed) { is_confirmed = confirmed.has_value(); });
    EXPECT_TRUE(is_confirmed);
    EXPECT_TRUE(store_.readings.empty());
    EXPECT_EQ(sessions_.use("nonsense").error(), SessionAbsence::kEnded);
    sessions_.confirm(std::string(Sessions::kIdLength, 'A'), [](Result<void> const&) {});
    EXPECT_EQ(store_.readings.size(), 1U);
    store_.answer_reading();
}

TEST_F(SharedSessions, StoresUsesAtMostOnceAMinute) {
    auto const made = begin();
    report();
    auto const begun_at = stored()[0].used_at;
    store_.writes = 0;
    for (int i = 0; i < 59; ++i) {
        clock_.advance(1s);
        EXPECT_TRUE(sessions_.use((*made)->id.view()));
        EXPECT_TRUE(save_uses());
    }
    EXPECT_EQ(store_.writes, 0);
    clock_.advance(1s);
    EXPECT_TRUE(sessions_.use((*made)->id.view()));
    store_.failure = Error::kStoreUnavailable;
    EXPECT_FALSE(save_uses());
    store_.failure.reset();
    EXPECT_TRUE(save_uses());
    EXPECT_EQ(stored()[0].used_at, begun_at + 1min);
    store_.writes = 0;
    EXPECT_TRUE(save_uses());
    EXPECT_EQ(store_.writes, 0);
    clock_.advance(1s);
    EXPECT_TRUE(sessions_.use((*made)->id.view()));
    EXPECT_TRUE(save_uses(true));
    EXPECT_EQ(stored()[0].used_at, begun_at + 61s);
}

}  // namespace
}  // namespace warder::authority
