// SPDX-License-Identifier: MIT
#include "authority/sign_in/session_lookups.hpp"

#include "authority/sign_in/session_store.hpp"
#include "crypto/hmac.hpp"
#include "fakes.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace warder::authority {
namespace {

using namespace std::chrono_literals;

class SessionLookupsTest : public testing::Test {
  protected:
    using Answer = std::shared_ptr<std::optional<Result<void>>>;

    Answer confirm(std::string const& name) {
        auto answer = std::make_shared<std::optional<Result<void>>>();
        lookups_->confirm(crypto::sha256(name), [answer](Result<void> const& confirmed) { answer->emplace(confirmed); });
        return answer;
    }
    static bool is_confirmed(Answer const& answer) { return *answer && (*answer)->has_value(); }
    void add(std::string const& name) {
        auto const now = table_.stored_now();
        store_.sessions.records.push_back({.id_digest = crypto::sha256(name), .user = UserId{1}, .begun_at = now, .used_at = now});
    }

    tests::ManualClock clock_;
    SessionTable table_{clock_, {.idle = 30min, .absolute = 12h}};
    tests::SessionStoreFake store_;
    std::shared_ptr<SessionLookups> lookups_ = std::make_shared<SessionLookups>(store_, table_);
};

TEST_F(SessionLookupsTest, ConfirmsAnUnknownSessionWithoutReadingAllChanges) {
    auto const answer = confirm("random");
    EXPECT_FALSE(*answer);
    store_.answer_reading();
    EXPECT_TRUE(is_confirmed(answer));
    EXPECT_TRUE(store_.refreshes.empty());
}

TEST_F(SessionLookupsTest, ConfirmsASessionThatExistsOnceAllChangesAreRead) {
    add("one");
    auto const random = confirm("random");
    auto const one = confirm("one");
    store_.answer_reading();
    EXPECT_TRUE(is_confirmed(random)) << "nobody waits for the sessions of others";
    store_.answer_reading();
    EXPECT_FALSE(*one);
    store_.answer_refresh();
    EXPECT_TRUE(is_confirmed(one));
}

TEST_F(SessionLookupsTest, ReadsNoChangesForASessionThatHasEnded) {
    add("one");
    clock_.advance(30min);
    auto const one = confirm("one");
    store_.answer_reading();
    EXPECT_TRUE(is_confirmed(one));
    EXPECT_TRUE(store_.refreshes.empty());
}

TEST_F(SessionLookupsTest, AsksOneQuestionAtATimeForAllThatWait) {
    add("one");
    auto const first = confirm("first");
    std::vector<Answer> waiting;
    for (auto const* name : {"one", "two", "three"}) waiting.push_back(confirm(name));
    EXPECT_EQ(store_.readings.size(), 1U);
    store_.answer_reading();
    EXPECT_TRUE(is_confirmed(first));
    EXPECT_EQ(store_.readings.size(), 1U);
    store_.answer_reading();
    EXPECT_EQ(store_.sessions.asked_for.size(), 3U);
    auto const last = confirm("last");
    EXPECT_EQ(store_.readings.size(), 0U) << "the question ends when its changes are read";
    store_.answer_refresh();
    for (auto const& answer : waiting) EXPECT_TRUE(is_confirmed(answer));
    EXPECT_EQ(store_.readings.size(), 1U);
    store_.answer_reading();
    EXPECT_TRUE(is_confirmed(last));
    EXPECT_TRUE(store_.readings.empty());
}

TEST_F(SessionLookupsTest, IsBusyIfTooManyWait) {
    auto const first = confirm("first");
    std::vector<Answer> waiting;
    for (std::size_t i = 0; i < SessionLookups::kMaxWaiting; ++i) waiting.push_back(confirm(std::to_string(i)));
    auto const refused = confirm("refused");
    ASSERT_TRUE(*refused && !(*refused)->has_value());
    EXPECT_EQ((*refused)->error(), Error::kBusy);
    std::size_t questions = 0;
    for (; !store_.readings.empty(); ++questions) {
        store_.answer_reading();
        EXPECT_LE(store_.sessions.asked_for.size(), SessionLookups::kMaxAtOnce);
    }
    EXPECT_EQ(questions, 1 + SessionLookups::kMaxWaiting / SessionLookups::kMaxAtOnce);
    for (auto const& answer : waiting) EXPECT_TRUE(is_confirmed(answer));
}

TEST_F(SessionLookupsTest, PassesFailuresOfTheStoreOnAndContinues) {
    add("one");
    auto const unread = confirm("one");
    store_.answer_reading(Error::kStoreUnavailable);
    EXPECT_EQ((*unread)->error(), Error::kStoreUnavailable);
    auto const not_refreshed = confirm("one");
    store_.answer_reading();
    store_.answer_refresh(Error::kStoreUnavailable);
    EXPECT_EQ((*not_refreshed)->error(), Error::kStoreUnavailable);
    auto const one = confirm("one");
    store_.answer_reading();
    store_.answer_refresh();
    EXPECT_TRUE(is_confirmed(one));
}

TEST_F(SessionLookupsTest, FailureOfTheStoreEndsTheWaitOfAll) {
    std::vector<Answer> waiting;
    for (auto const* name : {"one", "two", "three"}) waiting.push_back(confirm(name));
    store_.answer_reading(Error::kStoreUnavailable);
    for (auto const& answer : waiting) {
        ASSERT_TRUE(*answer);
        EXPECT_EQ((*answer)->error(), Error::kStoreUnavailable);
    }
    EXPECT_TRUE(store_.readings.empty());
}

TEST_F(SessionLookupsTest, ContinuesAfterAnAnswerThatNeverCame) {
    auto const lost = confirm("lost");
    auto const next = confirm("next");
    store_.drop_reading();
    EXPECT_FALSE(*lost);
    EXPECT_EQ(lost.use_count(), 1) << "the destruction of its callback tells its owner";
    ASSERT_EQ(store_.readings.size(), 1U);
    store_.answer_reading();
    EXPECT_TRUE(is_confirmed(next));
}

TEST_F(SessionLookupsTest, NotesTheUsesThatOtherNodesHaveStored) {
    index::UserDirectory directory;
    UserRecord alice;
    alice.id = UserId{1};
    alice.name = "alice";
    directory.put(alice);
    add("one");
    auto& session = store_.sessions.records.back();
    session.password_digest = crypto::sha256("");
    std::vector<Change> const changes{SessionUpserted{session}};
    table_.on_changes(changes);
    clock_.advance(40min);
    EXPECT_EQ(table_.use(session.id_digest, directory, true).error(), SessionAbsence::kUnconfirmed);
    session.used_at += 20min;
    auto const answer = confirm("one");
    store_.answer_reading();
    store_.answer_refresh();
    EXPECT_TRUE(is_confirmed(answer));
    EXPECT_TRUE(table_.use(session.id_digest, directory, true));
}

}  // namespace
}  // namespace warder::authority
