// SPDX-License-Identifier: MIT
// Requirements for every store: the audit log.
#include "store/store_conformance.hpp"

namespace warder::tests {

using authority::AuditEvent;
using authority::AuditQuery;
using authority::AuditRecord;
using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

namespace {

std::vector<AuditRecord> records(authority::Store& store, AuditQuery const& query = {}) {
    std::vector<AuditRecord> found;
    EXPECT_TRUE(read(store, [&](Snapshot const& s) -> Result<void> {
        auto events = s.audit->list(query);
        if (!events) return std::unexpected{events.error()};
        found = std::move(*events);
        return {};
    }));
    return found;
}

}  // namespace

std::vector<std::string> StoreConformance::events(AuditQuery const& query) {
    std::vector<std::string> targets;
    for (auto const& [id, event] : records(*store_, query)) targets.push_back(event.target);
    return targets;
}

TEST_P(StoreConformance, KeepsAuditEventsAcrossARestart) {
    AuditEvent const whole{.time = now(), .actor = "alice", .address = "2001:db8::1", .action = "token.created", .target = "x \"\\ caf\xC3\xA9"};
    AuditEvent const bare{.time = now(), .actor = {}, .address = {}, .action = "sign_in.failed", .target = "unknown user"};
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(t.audit->append(whole));
        return t.audit->append(bare);
    }));
    for (int restart = 0; restart < 2; ++restart) {
        auto const found = records(*store_);
        ASSERT_EQ(found.size(), 2U);
        EXPECT_EQ(found[0].event, bare);
        EXPECT_EQ(found[1].event, whole);
        EXPECT_EQ(found[0].id, 2);
        EXPECT_EQ(found[1].id, 1);
        reopen();
    }
}

TEST_P(StoreConformance, ListsAuditEventsInPages) {
    EXPECT_EQ(events(), Words{});
    for (auto const* const target : {"1", "2", "3", "4", "5"}) ASSERT_TRUE(add_event(target));
    EXPECT_EQ(events({.before = {}, .limit = 2}), (Words{"5", "4"}));
    EXPECT_EQ(events({.before = 4, .limit = 2}), (Words{"3", "2"}));
    EXPECT_EQ(events({.before = 2, .limit = 2}), (Words{"1"}));
    EXPECT_EQ(events({.before = 1, .limit = 2}), Words{});
    EXPECT_EQ(events({.before = 1000, .limit = 1}), Words{"5"});
}

TEST_P(StoreConformance, KeepsAnAuditEventOnlyIfItsChangeIsCommitted) {
    auto const alice = add_user("alice");
    auto const refused = write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(insert(t, token(alice)));
        EXPECT_TRUE(t.audit->append(event("refused")));
        return std::unexpected{Error::kTooManyTokens};
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(events(), Words{});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(insert(t, token(alice)));
        return t.audit->append(event("done"));
    }));
    EXPECT_EQ(events(), Words{"done"});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.users->erase(alice); }));
    EXPECT_EQ(events(), Words{"done"}) << "the events of a deleted user stay";
}

TEST_P(StoreConformance, KeepsAllAuditEventsOfRequestsInOneCommit) {
    Hold hold{*store_};
    std::vector<std::promise<Result<void>>> answers(20);
    for (std::size_t i = 0; i < answers.size(); ++i)
        store_->write([&, i](Transaction const& t) { return t.audit->append(event(std::to_string(i))); },
                      [&answer = answers[i]](Result<void> result) { answer.set_value(std::move(result)); });
    hold.release();
    for (auto& answer : answers) EXPECT_TRUE(answer.get_future().get());
    auto const found = records(*store_);
    ASSERT_EQ(found.size(), answers.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].id, static_cast<std::int64_t>(found.size() - i));
        EXPECT_EQ(found[i].event.target, std::to_string(found.size() - 1 - i));
    }
}

TEST_P(StoreConformance, MergesAuditEventsOfSeveralProcesses) {
    auto const other = location_->open();
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(add_event("ours"));
        ASSERT_TRUE(write(*other, [&](Transaction const& t) -> Result<void> {
            UserRecord const user{
                .id = {}, .name = "u" + std::to_string(round), .password_hash = hash_of("h"), .is_admin = false, .ceiling = {}, .created_at = now()};
            EXPECT_TRUE(t.users->insert(user));
            return t.audit->append(event("theirs"));
        }));
        ASSERT_TRUE(refresh(*store_));
    }
    EXPECT_EQ(events(), (Words{"theirs", "ours", "theirs", "ours", "theirs", "ours"}));
}

TEST_P(StoreConformance, PurgesOldAuditEventsAndNeverReusesTheirIds) {
    auto const purge = [&] {
        std::int64_t gone = 0;
        EXPECT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
            gone = t.audit->purge(now() - std::chrono::seconds{10}, 100).value();
            return {};
        }));
        return gone;
    };
    EXPECT_EQ(purge(), 0);
    ASSERT_TRUE(add_event("1"));
    ASSERT_TRUE(add_event("2"));
    clock_.advance(std::chrono::seconds{10});
    ASSERT_TRUE(add_event("3"));
    EXPECT_EQ(purge(), 0) << "not older than that";
    clock_.advance(std::chrono::seconds{1});
    EXPECT_EQ(purge(), 2);
    EXPECT_EQ(events(), Words{"3"});
    ASSERT_TRUE(add_event("4"));
    EXPECT_EQ(events({.before = 4, .limit = 9}), Words{"3"});
    clock_.advance(std::chrono::seconds{60});
    EXPECT_EQ(purge(), 2);
    EXPECT_EQ(events(), Words{});
    EXPECT_EQ(purge(), 0);
    reopen();
    ASSERT_TRUE(add_event("5"));
    auto const left = records(*store_);
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left.front().id, 5);
}

}  // namespace warder::tests
