// SPDX-License-Identifier: MIT
// Each change writes its audit event in the same commit.
#include "authority/real_store.hpp"
#include "warder/import.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <latch>
#include <string>
#include <vector>

namespace warder::authority {
namespace {

using tests::wait;
using Events = std::vector<std::string>;

class AuthorityAudit : public tests::RealStore {
  protected:
    AuthorityAudit() {
        alice_.address = "192.0.2.7";
        take();
    }

    /// Returns the events added since the last call, oldest first: actor, address, action and target of each.
    Events take() {
        auto const page = wait<AuditPage>([&](auto done) { authority_.list_audit_events({.before = {}, .limit = 1000}, std::move(done)); }).value();
        Events events;
        for (auto const& [id, event] : page.events) {
            if (id <= seen_) break;
            EXPECT_EQ(event.time, std::chrono::floor<std::chrono::seconds>(clock_.now()));
            events.insert(events.begin(), event.actor.value_or("-") + " " + event.address.value_or("-") + " " + event.action + " " + event.target);
        }
        if (!page.events.empty()) seen_ = page.events.front().id;
        return events;
    }
    void run(char const* sql) {
        sqlite3* other = nullptr;
        ASSERT_EQ(sqlite3_open((directory_ / "warder.db").c_str(), &other), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(other, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(other);
        sqlite3_close(other);
    }
    Result<void> revoke(Principal const& principal, TokenId const& id) {
        return wait<void>([&](auto done) { authority_.revoke(principal, id, std::move(done)); });
    }
    Result<void> remove(std::string name) {
        return wait<void>([&](auto done) { authority_.remove_user(operator_, std::move(name), std::move(done)); });
    }

    Principal alice_ = add_user("Alice");
    std::int64_t seen_ = 0;
};

TEST_F(AuthorityAudit, RecordsTokenChangesAndOmitsRejectedOnes) {
    auto const id = mint(alice_, "ci")->record.id;
    EXPECT_EQ(take(), Events{"Alice 192.0.2.7 token.created " + id.text()});
    EXPECT_FALSE(mint(alice_, "ci"));
    EXPECT_EQ(take(), Events{}) << "refused requests are not audited";

    ASSERT_TRUE(wait<OwnedToken>([&](auto done) { authority_.edit(alice_, id, {.description = "cd", .policy = {}}, std::move(done)); }));
    EXPECT_EQ(take(), Events{"Alice 192.0.2.7 token.updated " + id.text()});
    ASSERT_TRUE(wait<OwnedToken>([&](auto done) { authority_.edit(alice_, id, {}, std::move(done)); }));
    EXPECT_EQ(take(), Events{}) << "nothing was named";

    auto const fresh = wait<MintedToken>([&](auto done) { authority_.renew(alice_, id, {}, std::move(done)); })->record.id;
    EXPECT_EQ(take(), (Events{"Alice 192.0.2.7 token.created " + fresh.text(), "Alice 192.0.2.7 token.renewed " + id.text()}));
    ASSERT_TRUE(revoke(operator_, fresh));
    EXPECT_EQ(take(), Events{"local:root - token.revoked " + fresh.text()});
    EXPECT_FALSE(revoke(operator_, fresh));
    EXPECT_EQ(take(), Events{});
}

TEST_F(AuthorityAudit, RecordsUserChangesByTheStoredName) {
    add_user("Bob");
    EXPECT_EQ(take(), Events{"local:root - user.created Bob"});
    ASSERT_TRUE(wait<UserRecord>([&](auto done) { authority_.edit_user(alice_, "bOB", {.is_admin = true, .ceiling = {}}, std::move(done)); }));
    EXPECT_EQ(take(), Events{"Alice 192.0.2.7 user.updated Bob"});
    ASSERT_TRUE(wait<void>([&](auto done) { authority_.set_password(alice_, "BOB", "$argon2id$other", std::move(done)); }));
    EXPECT_EQ(take(), Events{"Alice 192.0.2.7 user.password_changed Bob"});
    ASSERT_TRUE(wait<void>([&](auto done) { authority_.upgrade_password_hash(alice_.id, "$argon2id$stand-in", "$argon2id$new", std::move(done)); }));
    EXPECT_EQ(take(), Events{}) << "the password is the same";
    add_user("carol", true);
    take();
    ASSERT_TRUE(remove("bob"));
    EXPECT_EQ(take(), Events{"local:root - user.deleted Bob"});
    EXPECT_FALSE(remove("a password"));
    EXPECT_EQ(take(), Events{});
}

TEST_F(AuthorityAudit, RecordsKeyChangesAndRevocationsByKey) {
    auto const key = keys_.read()->signing().id;
    static_cast<void>(mint(alice_, "ci"));
    take();
    ASSERT_TRUE(wait<std::int64_t>([&](auto done) { authority_.revoke_signed_by(operator_, key, std::move(done)); }));
    EXPECT_EQ(take(), (Events{"local:root - key.tokens_revoked " + key, "local:root - key.retired " + key}));
    ASSERT_TRUE(wait<std::int64_t>([&](auto done) { authority_.revoke_signed_by(operator_, key, std::move(done)); }));
    EXPECT_EQ(take(), Events{"local:root - key.retired " + key}) << "there were no tokens";
    ASSERT_TRUE(wait<void>([&](auto done) { authority_.announce_key_change(operator_, audit_action::kKeyRetired, key, std::move(done)); }));
    EXPECT_EQ(take(), Events{"local:root - key.retired " + key});
}

TEST_F(AuthorityAudit, RecordsImportedUsersAndTokensOnce) {
    ImportedToken token{.record = {}, .text = "a.b.c"};
    token.record.id = TokenId::make(random_);
    token.record.description = "old";
    token.record.expires_at = std::chrono::floor<std::chrono::seconds>(clock_.now()) + std::chrono::seconds{60};
    std::vector<ImportedUser> users{{.record = {.id = {}, .name = "ada", .password_hash = "$specter-pbkdf2$s$h"}, .tokens = {token}},
                                    {.record = {.id = {}, .name = "Alice", .password_hash = "$specter-pbkdf2$s$h"}, .tokens = {}}};
    ASSERT_TRUE(wait<ImportReport>([&](auto done) { authority_.import_users(operator_, users, std::move(done)); }));
    EXPECT_EQ(take(), (Events{"local:root - user.imported ada", "local:root - token.imported " + token.record.id.text()}));
    ASSERT_TRUE(wait<ImportReport>([&](auto done) { authority_.import_users(operator_, users, std::move(done)); }));
    EXPECT_EQ(take(), Events{}) << "nothing was new";
}

TEST_F(AuthorityAudit, RollsBackAChangeWhoseEventCannotBeWritten) {
    auto const kept = mint(alice_, "kept")->record.id;
    run("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END");
    auto const refused = mint(alice_, "refused");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Error::kStoreUnavailable);
    EXPECT_FALSE(revoke(alice_, kept));
    EXPECT_FALSE(remove("alice"));
    EXPECT_FALSE(wait<void>([&](auto done) { authority_.set_password(operator_, "alice", "$argon2id$other", std::move(done)); }));
    EXPECT_TRUE(index_.registry().find(kept));
    EXPECT_EQ(index_.registry().size(), 1U);
    run("DROP TRIGGER broken");
    take();
    ASSERT_TRUE(mint(alice_, "refused"));
    EXPECT_EQ(take().size(), 1U);
}

TEST_F(AuthorityAudit, PurgesEventsOlderThanTheRetentionPeriod) {
    static_cast<void>(mint(alice_, "ci", Seconds{60}));
    clock_.advance(std::chrono::hours{24 * 400});
    auto const purge = [&] {
        auto const purged =
            wait<PurgeCounts>([&](auto done) { authority_.purge(std::chrono::floor<std::chrono::seconds>(clock_.now()), std::move(done)); }).value();
        return std::pair{purged.tokens, purged.events};
    };
    EXPECT_EQ(purge(), (std::pair<std::int64_t, std::int64_t>{1, 0})) << "the token alone";
    clock_.advance(std::chrono::seconds{1});
    EXPECT_EQ(purge(), (std::pair<std::int64_t, std::int64_t>{0, 2}));
    EXPECT_EQ(purge(), (std::pair<std::int64_t, std::int64_t>{0, 0}));
}

TEST_F(AuthorityAudit, RejectsUpdatesOfEventsInTheDatabase) {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open((directory_ / "warder.db").c_str(), &other), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(other, "UPDATE audit SET actor = 'eve'", nullptr, nullptr, nullptr), SQLITE_CONSTRAINT);
    sqlite3_close(other);
}

TEST_F(AuthorityAudit, RecordsNoEventForAnEditThatChangesNothing) {
    auto const grants = GrantList::parse(std::vector<std::string>{"GET /a"}).value();
    auto const same = GrantList::parse(std::vector<std::string>{"GET /a"}).value();
    auto const id = mint(alice_, "ci")->record.id;
    auto const edit = [&](TokenEdit change) {
        return wait<OwnedToken>([&](auto done) { authority_.edit(alice_, id, std::move(change), std::move(done)); }).has_value();
    };
    auto const edit_user = [&](UserEdit change) {
        return wait<UserRecord>([&](auto done) { authority_.edit_user(operator_, "alice", std::move(change), std::move(done)); }).has_value();
    };
    take();
    EXPECT_TRUE(edit({.description = "ci"}));
    EXPECT_TRUE(edit({.description = std::nullopt, .policy = {.endpoints = Grants{}}}));
    EXPECT_TRUE(edit_user({.is_admin = false}));
    EXPECT_TRUE(edit_user({.is_admin = std::nullopt, .ceiling = Grants{}}));
    EXPECT_EQ(take(), Events{});
    EXPECT_TRUE(edit({.description = "ci", .policy = {.endpoints = grants}}));
    EXPECT_TRUE(edit_user({.is_admin = false, .ceiling = grants}));
    EXPECT_EQ(take().size(), 2U);
    EXPECT_TRUE(edit({.description = "ci", .policy = {.endpoints = same}}));
    EXPECT_TRUE(edit_user({.is_admin = false, .ceiling = same}));
    EXPECT_EQ(take(), Events{});
}

TEST_F(AuthorityAudit, SumsUpMoreThanSixtyRepeatedEventsAMinuteWhenBounded) {
    authority_.bound_audit_log();
    auto const id = mint(alice_, "ci")->record.id;
    take();
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(wait<OwnedToken>([&](auto done) { authority_.edit(alice_, id, {.description = "name " + std::to_string(i)}, std::move(done)); }));
    EXPECT_EQ(take().size(), 60U);
    ASSERT_TRUE(wait<void>([&](auto done) { authority_.write_summed_events(true, std::move(done)); }));
    EXPECT_EQ(take(), Events{"Alice 192.0.2.7 token.updated " + id.text() + " (40 times)"});
}

TEST_F(AuthorityAudit, ExcludesRejectedRequestsFromTheSum) {
    authority_.bound_audit_log();
    auto const id = mint(alice_, "ci")->record.id;
    ASSERT_TRUE(mint(alice_, "other"));
    for (int i = 0; i < 61; ++i)
        ASSERT_TRUE(wait<OwnedToken>([&](auto done) { authority_.edit(alice_, id, {.description = "name " + std::to_string(i)}, std::move(done)); }));
    take();
    EXPECT_FALSE(wait<OwnedToken>([&](auto done) { authority_.edit(alice_, id, {.description = "other"}, std::move(done)); }));
    ASSERT_TRUE(wait<void>([&](auto done) { authority_.write_summed_events(true, std::move(done)); }));
    EXPECT_EQ(take(), Events{"Alice 192.0.2.7 token.updated " + id.text()});
}

TEST_F(AuthorityAudit, LimitsChangesOfNonAdministratorsButNotRevocations) {
    authority_.bound_audit_log();
    auto const id = mint(alice_, "ci")->record.id;
    auto const edit = [&](Principal const& principal) {
        return wait<OwnedToken>([&](auto done) { authority_.edit(principal, TokenId::make(random_), {.description = "x"}, std::move(done)); });
    };
    std::latch answers{99'999};  // in parallel, because it takes minutes one by one
    for (int i = 1; i < 100'000; ++i)
        authority_.edit(alice_, TokenId::make(random_), {.description = "x"}, [&answers](Result<OwnedToken> const&) { answers.count_down(); });
    answers.wait();
    EXPECT_EQ(edit(alice_).error(), Error::kTooManyChanges);
    EXPECT_EQ(mint(alice_, "another").error(), Error::kTooManyChanges);
    EXPECT_EQ(wait<MintedToken>([&](auto done) { authority_.renew(alice_, id, {}, std::move(done)); }).error(), Error::kTooManyChanges);
    EXPECT_EQ(wait<void>([&](auto done) { authority_.set_password(alice_, "alice", "hash", std::move(done)); }).error(), Error::kTooManyChanges);
    EXPECT_EQ(edit(operator_).error(), Error::kTokenNotFound);
    EXPECT_TRUE(revoke(alice_, id)) << "a leaked token can always be revoked";
}

}  // namespace
}  // namespace warder::authority
