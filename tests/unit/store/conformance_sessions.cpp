// SPDX-License-Identifier: MIT
// Requirements for stores that keep the sessions of the web UI.
#include "crypto/hmac.hpp"
#include "store/store_conformance.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>

namespace warder::tests {

using namespace std::chrono_literals;
using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::StoredSession;
using authority::Transaction;
using testing::UnorderedElementsAre;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SessionConformance);

Digest SessionConformance::add_session(UserId user, std::string_view name, std::string_view hash) {
    StoredSession const session{.id_digest = crypto::sha256(name),
                                .user = user,
                                .password_digest = crypto::sha256(hash),
                                .begun_at = session_now(),
                                .used_at = session_now()};
    EXPECT_TRUE(tests::write(*store_, [&](Transaction const& t) { return t.sessions->insert(session); }));
    return session.id_digest;
}

Words SessionConformance::existing(Words const& names) {
    std::vector<Digest> digests;
    for (auto const& name : names) digests.push_back(crypto::sha256(name));
    Words found;
    EXPECT_TRUE(tests::read(*store_, [&](Snapshot const& s) -> Result<void> {
        found.clear();
        auto const sessions = s.sessions->find(digests).value();
        for (auto const& session : sessions)
            found.push_back(names[static_cast<std::size_t>(std::ranges::find(digests, session.id_digest) - digests.begin())]);
        return {};
    }));
    return found;
}

TEST_P(SessionConformance, SaysThatItKeepsSessions) { EXPECT_TRUE(store_->capabilities().keeps_sessions); }

TEST_P(SessionConformance, ReturnsASessionAsItWasInserted) {
    auto const alice = add_user("alice");
    clock_.advance(1234ms);
    auto const digest = add_session(alice, "one");
    reopen();
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        std::vector<Digest> const digests{digest, crypto::sha256("unknown"), digest};
        auto const found = s.sessions->find(digests).value();
        EXPECT_EQ(found.size(), 1U);
        EXPECT_EQ(found.at(0).id_digest, digest);
        EXPECT_EQ(found.at(0).user, alice);
        EXPECT_EQ(found.at(0).password_digest, crypto::sha256(hash_of("hash")));
        EXPECT_EQ(found.at(0).begun_at, session_now());
        EXPECT_EQ(found.at(0).used_at, session_now());
        EXPECT_TRUE(s.sessions->find({}).value().empty());
        return {};
    }));
}

TEST_P(SessionConformance, ListsTheSessionsOfAUserOldestFirst) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob");
    std::vector<Digest> const digests{add_session(alice, "one"), add_session(alice, "two"), add_session(alice, "three")};
    add_session(bob, "other");
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        std::vector<Digest> listed;
        auto const sessions = s.sessions->list(alice).value();
        for (auto const& session : sessions) listed.push_back(session.id_digest);
        EXPECT_EQ(listed, digests);
        EXPECT_TRUE(s.sessions->list(UserId{4711}).value().empty());
        return {};
    }));
}

TEST_P(SessionConformance, KeepsTheLatestUseWithoutAnnouncingIt) {
    auto const digest = add_session(add_user("alice"), "one");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    recorder.take();
    for (auto const later : {2min, 1min})
        ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.sessions->note_use(digest, session_now() + later); }));
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.sessions->note_use(crypto::sha256("unknown"), session_now()); }));
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        EXPECT_EQ(s.sessions->find({&digest, 1}).value().at(0).used_at, session_now() + 2min);
        EXPECT_EQ(s.sessions->find({&digest, 1}).value().at(0).begun_at, session_now());
        return {};
    }));
    EXPECT_EQ(recorder.take(), Words{});
    store_.reset();
}

TEST_P(SessionConformance, AnnouncesSessionsAndTheirEnds) {
    auto const alice = add_user("alice");
    add_session(alice, "before");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    EXPECT_EQ(recorder.take(), (Words{"start over", "user alice hash", "session", "complete"}));
    auto const digest = add_session(alice, "one");
    EXPECT_EQ(recorder.take(), Words{"session"});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.sessions->erase(digest); }));
    EXPECT_EQ(recorder.take(), Words{"session gone"});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.sessions->erase(digest); }));
    EXPECT_EQ(recorder.take(), Words{});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.users->erase(alice); }));
    EXPECT_EQ(recorder.take(), Words{"user gone"});
    EXPECT_EQ(existing({"before"}), Words{});
    store_.reset();
}

TEST_P(SessionConformance, AnnouncesSessionsOfAnotherProcess) {
    auto const alice = add_user("alice");
    auto const first = add_session(alice, "first");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    recorder.take();
    auto const other = location_->open();
    StoredSession session{.id_digest = crypto::sha256("second"), .user = alice, .begun_at = session_now(), .used_at = session_now()};
    ASSERT_TRUE(write(*other, [&](Transaction const& t) { return t.sessions->insert(session); }));
    ASSERT_TRUE(write(*other, [&](Transaction const& t) { return t.sessions->erase(first); }));
    ASSERT_TRUE(refresh(*store_));
    EXPECT_THAT(recorder.take(), UnorderedElementsAre("session", "session gone"));
    store_.reset();
}

TEST_P(SessionConformance, DeletesTheSessionsOfAUserWhosePasswordChanges) {
    auto const alice = add_user("alice");
    add_session(alice, "old");
    add_session(alice, "new", hash_of("new"));
    add_session(add_user("bob"), "other");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    recorder.take();
    EXPECT_TRUE(write(*store_, [&](Transaction const& t) { return set_password_hash(t, alice, hash_of("new")); }));
    EXPECT_THAT(existing({"old", "new", "other"}), UnorderedElementsAre("new", "other"));
    EXPECT_THAT(recorder.take(), UnorderedElementsAre("user alice new", "session gone"));
    EXPECT_TRUE(write(*store_, [&](Transaction const& t) { return set_admin(t, alice, true); }));
    EXPECT_THAT(existing({"old", "new", "other"}), UnorderedElementsAre("new", "other"));
    EXPECT_EQ(recorder.take(), Words{"user alice (admin) new"});
    store_.reset();
}

TEST_P(SessionConformance, DeletesEndedSessionsUpToALimit) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob");
    add_session(alice, "oldest");
    auto const used = add_session(alice, "used");
    add_session(bob, "bob's");
    clock_.advance(1h);
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.sessions->note_use(used, session_now()); }));
    add_session(alice, "new");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    recorder.take();
    auto const erase = [&](std::optional<UserId> user, authority::EndedSessions const& ended, std::uint32_t limit) {
        std::int64_t count = 0;
        EXPECT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
            count = t.sessions->erase_ended(user, ended, limit).value();
            return {};
        }));
        return count;
    };
    authority::EndedSessions const idle{.begun_by = session_now() - 2h, .used_by = session_now() - 1h};
    EXPECT_EQ(erase({}, {.begun_by = session_now() - 1h - 1ms, .used_by = session_now() - 1h - 1ms}, 9), 0);
    EXPECT_EQ(erase(alice, idle, 9), 1);
    EXPECT_THAT(existing({"oldest", "used", "bob's", "new"}), UnorderedElementsAre("used", "bob's", "new"));
    EXPECT_EQ(erase({}, {.begun_by = session_now() - 1h, .used_by = session_now() - 2h}, 1), 1);
    EXPECT_EQ(erase({}, {.begun_by = session_now() - 1h, .used_by = session_now() - 2h}, 9), 1);
    EXPECT_EQ(existing({"oldest", "used", "bob's", "new"}), Words{"new"});
    EXPECT_EQ(recorder.take(), (Words{"session gone", "session gone", "session gone"}));
    store_.reset();
}

TEST_P(SessionConformance, DeletesTheOldestSessions) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob");
    add_session(bob, "b1");
    for (auto const* name : {"a1", "a2", "a3"}) add_session(alice, name);
    add_session(bob, "b2");
    Words const all{"b1", "a1", "a2", "a3", "b2"};
    auto const keep = [&](std::optional<UserId> user, std::uint32_t kept) {
        EXPECT_TRUE(write(*store_, [&](Transaction const& t) { return t.sessions->erase_oldest(user, kept); }));
    };
    keep(alice, 3);
    keep({}, 5);
    EXPECT_EQ(existing(all).size(), 5U);
    keep(alice, 2);
    EXPECT_THAT(existing(all), UnorderedElementsAre("b1", "a2", "a3", "b2"));
    keep({}, 2);
    EXPECT_THAT(existing(all), UnorderedElementsAre("a3", "b2"));
    keep(bob, 0);
    EXPECT_EQ(existing(all), Words{"a3"});
}

TEST_P(SessionConformance, RefusesASessionOfAnUnknownUser) {
    StoredSession const session{.id_digest = crypto::sha256("one"), .user = UserId{4711}};
    EXPECT_FALSE(write(*store_, [&](Transaction const& t) { return t.sessions->insert(session); }));
    EXPECT_EQ(existing({"one"}), Words{});
}

}  // namespace warder::tests
