// SPDX-License-Identifier: MIT
#include "authority/sign_in/sessions.hpp"

#include "authority/sign_in/begin_session.hpp"
#include "crypto/hmac.hpp"
#include "fakes.hpp"
#include "index/user_directory.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace warder::authority {
namespace {

using namespace std::chrono_literals;

constexpr Sessions::Settings kLimits{.idle = 30min, .absolute = 12h};

/// A wall clock and a steady clock that differ: suspending a machine stops one, an operator sets the other.
class TwoClocks final : public Clock {
  public:
    [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override { return of_day; }
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const noexcept override { return steady; }
    std::chrono::system_clock::time_point of_day{1'800'000'000s};
    std::chrono::steady_clock::time_point steady{1'000s};
};

class SessionsTest : public testing::Test {
  protected:
    SessionsTest() { put(1, "Alice"); }

    void put(std::int64_t id, std::string name, std::string hash = "hash", bool is_admin = false) {
        UserRecord record;
        record.id = UserId{id};
        record.name = std::move(name);
        record.password_hash = std::move(hash);
        record.is_admin = is_admin;
        directory_.put(record);
    }
    Sessions::NewSession begin(std::string_view name = "alice") { return tests::begin(sessions_, *directory_.find(name)); }
    void end(std::string_view id) {
        bool is_done = false;
        sessions_.end(id, [&is_done](Result<void> const& ended) { is_done = ended.has_value(); });
        EXPECT_TRUE(is_done);
    }
    bool is_alive(Sessions::NewSession const& made) { return sessions_.use(made.id.view()).has_value(); }

    index::UserDirectory directory_;
    tests::ManualClock clock_;
    tests::CountingRandom random_;
    SessionTable table_{clock_, kLimits};
    Sessions sessions_{table_, directory_, random_};
};

TEST_F(SessionsTest, CreatesUnique256BitIds) {
    std::set<std::string> ids;
    for (int i = 0; i < 20; ++i) {
        auto const made = begin();
        EXPECT_EQ(made.id.view().size(), Sessions::kIdLength);
        EXPECT_EQ(made.session.csrf_token.size(), Sessions::kIdLength);
        EXPECT_TRUE(ids.emplace(made.id.view()).second);
        EXPECT_TRUE(ids.insert(made.session.csrf_token).second);
    }
}

TEST_F(SessionsTest, ReturnsTheUserAndTheSameCsrfTokenOnEachUse) {
    auto const made = begin();
    for (int i = 0; i < 2; ++i) {
        auto const session = sessions_.use(made.id.view());
        ASSERT_TRUE(session);
        EXPECT_EQ(session->principal.id, UserId{1});
        EXPECT_EQ(session->principal.name, "Alice");
        EXPECT_EQ(session->csrf_token, made.session.csrf_token);
    }
}

TEST_F(SessionsTest, RejectsUnknownIds) {
    auto const made = begin();
    std::string const id{made.id.view()};
    for (auto const& other : {std::string{}, id.substr(1), id + "A", std::string(43, 'A'), made.session.csrf_token, std::string(1 << 16, 'x')})
        EXPECT_FALSE(sessions_.use(other)) << other;
    EXPECT_TRUE(is_alive(made));
}

TEST_F(SessionsTest, EndsAtTheIdleLimitAfterTheLastUse) {
    auto const made = begin();
    clock_.advance(kLimits.idle - 1ns);
    EXPECT_TRUE(is_alive(made));
    clock_.advance(kLimits.idle - 1ns);
    EXPECT_TRUE(is_alive(made));
    clock_.advance(kLimits.idle);
    EXPECT_FALSE(is_alive(made));
}

TEST_F(SessionsTest, EndsAtTheAbsoluteLimitDespiteUse) {
    auto const made = begin();
    for (int i = 0; i < 47; ++i) {
        clock_.advance(15min);
        ASSERT_TRUE(is_alive(made));
    }
    clock_.advance(15min - 1ns);
    EXPECT_TRUE(is_alive(made));
    clock_.advance(1ns);
    EXPECT_FALSE(is_alive(made));
}

TEST_F(SessionsTest, ReportsTheEarlierOfIdleAndAbsoluteExpiry) {
    auto const start = std::chrono::floor<std::chrono::seconds>(clock_.now());
    auto const made = begin();
    EXPECT_EQ(made.session.expires_at, start + 30min);
    clock_.advance(10min + 900ms);
    EXPECT_EQ(sessions_.use(made.id.view())->expires_at, start + 40min);
    for (int i = 0; i < 29; ++i) {
        clock_.advance(24min);
        ASSERT_TRUE(is_alive(made));
    }
    EXPECT_EQ(sessions_.use(made.id.view())->expires_at, start + 12h) << "11:46 after its beginning";
}

TEST(Sessions, EndsByWhicheverClockExpiresFirst) {
    index::UserDirectory directory;
    UserRecord alice;
    alice.id = UserId{1};
    alice.name = "alice";
    directory.put(alice);
    TwoClocks clock;
    tests::CountingRandom random;
    SessionTable table{clock, kLimits};
    Sessions sessions{table, directory, random};
    auto const slept = tests::begin(sessions, *directory.find("alice"));
    clock.of_day += 30min;
    EXPECT_FALSE(sessions.use(slept.id.view()));

    auto const set_back = tests::begin(sessions, *directory.find("alice"));
    clock.of_day -= 24h;
    EXPECT_TRUE(sessions.use(set_back.id.view()));
    clock.steady += 30min;
    EXPECT_FALSE(sessions.use(set_back.id.view()));
}

TEST_F(SessionsTest, EndRemovesOnlyThatSession) {
    auto const made = begin();
    auto const other = begin();
    end(made.id.view());
    end(made.id.view());
    end("nonsense");
    EXPECT_FALSE(is_alive(made));
    EXPECT_TRUE(is_alive(other));
}

TEST_F(SessionsTest, EndsForGoodWhenThePasswordChanges) {
    auto const made = begin();
    put(1, "Alice", "another hash");
    EXPECT_FALSE(is_alive(made));
    put(1, "Alice", "hash");
    EXPECT_FALSE(is_alive(made)) << "it has ended permanently";
}

TEST_F(SessionsTest, IsNotInheritedByALaterUserWithTheSameName) {
    auto const made = begin();
    directory_.erase(UserId{1});
    EXPECT_FALSE(is_alive(made));
    put(2, "Alice", "hash");
    EXPECT_FALSE(is_alive(made));
}

TEST_F(SessionsTest, SurvivesAReloadOfTheDirectory) {
    auto const made = begin();
    directory_.begin_reload();
    EXPECT_TRUE(is_alive(made));
    put(1, "Alice");
    directory_.end_reload();
    EXPECT_TRUE(is_alive(made));
}

TEST_F(SessionsTest, ReturnsTheCurrentAdminFlag) {
    auto const made = begin();
    EXPECT_FALSE(sessions_.use(made.id.view())->principal.is_admin);
    put(1, "Alice", "hash", true);
    EXPECT_TRUE(sessions_.use(made.id.view())->principal.is_admin);
    put(1, "Alice", "hash", false);
    EXPECT_FALSE(sessions_.use(made.id.view())->principal.is_admin);
}

TEST_F(SessionsTest, EndsTheOldestSessionOfAUserWithTooMany) {
    put(2, "bob");
    auto const bobs = begin("bob");
    std::vector<Sessions::NewSession> made;
    for (std::size_t i = 0; i < SessionTable::kMaxPerUser; ++i) made.push_back(begin());
    EXPECT_TRUE(is_alive(made.front()));
    made.push_back(begin());
    EXPECT_FALSE(is_alive(made[0]));
    EXPECT_TRUE(is_alive(made[1]));
    EXPECT_TRUE(is_alive(made.back()));
    EXPECT_TRUE(is_alive(bobs)) << "a user can't sign others out";
}

TEST_F(SessionsTest, DoesNotCountExpiredSessionsTowardTheLimit) {
    for (std::size_t i = 0; i < SessionTable::kMaxPerUser; ++i) begin();
    clock_.advance(kLimits.idle - 1min);
    auto const last = begin();
    clock_.advance(1min);
    for (std::size_t i = 0; i + 1 < SessionTable::kMaxPerUser; ++i) begin();
    EXPECT_TRUE(is_alive(last));
}

TEST_F(SessionsTest, EndsTheOldestSessionOfAllWhenThereAreTooMany) {
    auto const first = begin();
    auto const second = begin();
    for (std::size_t i = 2; i < SessionTable::kMaxInAll; ++i) {
        auto const user = static_cast<std::int64_t>(i / 40 + 10);
        auto const name = "u" + std::to_string(user);
        if (!directory_.find(name)) put(user, name);
        begin(name);
    }
    EXPECT_TRUE(is_alive(first));
    begin("u10");
    EXPECT_FALSE(is_alive(first));
    EXPECT_TRUE(is_alive(second));
}

TEST_F(SessionsTest, EndsTheSessionsThatANewOneReplaces) {
    auto const made = begin();
    auto const other = begin();
    std::vector<std::string_view> const ends{"nonsense", made.id.view()};
    EXPECT_TRUE(is_alive(tests::begin(sessions_, *directory_.find("alice"), ends)));
    EXPECT_FALSE(is_alive(made));
    EXPECT_TRUE(is_alive(other));
}

std::vector<Sessions::Listed> list(Sessions& sessions, std::int64_t user, std::string_view current = {}) {
    std::vector<Sessions::Listed> listed;
    sessions.list(UserId{user}, current, [&listed](Result<std::vector<Sessions::Listed>> found) { listed = std::move(*found); });
    return listed;
}

TEST_F(SessionsTest, ListsTheActiveSessionsOfAUserOldestFirst) {
    put(2, "bob");
    auto const start = std::chrono::floor<std::chrono::seconds>(clock_.now());
    auto const idle = begin();
    clock_.advance(10min);
    auto const first = begin();
    begin("bob");
    clock_.advance(15min);
    auto const second = begin();
    EXPECT_TRUE(is_alive(first));
    clock_.advance(5min);
    auto const listed = list(sessions_, 1, second.id.view());
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[0].created_at, start + 10min);
    EXPECT_EQ(listed[0].last_used_at, start + 25min);
    EXPECT_EQ(listed[0].expires_at, start + 55min);
    EXPECT_FALSE(listed[0].is_current);
    EXPECT_TRUE(listed[1].is_current);
    EXPECT_NE(listed[0].handle, listed[1].handle);
    EXPECT_EQ(list(sessions_, 1, "nonsense").size(), 2U);
    EXPECT_TRUE(list(sessions_, 3).empty());
}

TEST_F(SessionsTest, ListsNoSessionFromBeforeThePasswordChanged) {
    begin();
    put(1, "Alice", "another hash");
    EXPECT_TRUE(list(sessions_, 1).empty());
    begin();
    EXPECT_EQ(list(sessions_, 1).size(), 1U);
}

TEST_F(SessionsTest, HasNothingToConfirmWithoutASharedStore) {
    EXPECT_EQ(sessions_.use(std::string(43, 'A')).error(), SessionAbsence::kEnded);
    bool is_confirmed = false;
    sessions_.confirm(std::string(43, 'A'), [&](Result<void> const& confirmed) { is_confirmed = confirmed.has_value(); });
    EXPECT_TRUE(is_confirmed);
    bool is_saved = false;
    sessions_.save_uses(true, [&](Result<void> const& saved) { is_saved = saved.has_value(); });
    EXPECT_TRUE(is_saved);
}

TEST_F(SessionsTest, ComputesTheCsrfTokenFromTheIdAlone) {
    auto const made = begin();
    tests::CountingRandom other_random;
    SessionTable other_table{clock_, kLimits};
    other_table.add({.id_digest = crypto::sha256(made.id.view()), .user = UserId{1}, .password_digest = crypto::sha256("hash")});
    Sessions other_node{other_table, directory_, other_random};
    EXPECT_EQ(other_node.use(made.id.view())->csrf_token, made.session.csrf_token);
}

TEST_F(SessionsTest, SupportsConcurrentUse) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([this] {
            for (int i = 0; i < 200; ++i) {
                auto const made = begin();
                EXPECT_TRUE(is_alive(made));
                put(1, "Alice", "hash", i % 2 == 0);
                end(made.id.view());
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_TRUE(is_alive(begin()));
}

}  // namespace
}  // namespace warder::authority
