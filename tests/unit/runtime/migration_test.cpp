// SPDX-License-Identifier: MIT
#include "runtime/migration/migration.hpp"

#include "fakes.hpp"
#include "store/postgres/location.hpp"
#include "store/sqlite/location.hpp"
#include "store/users_json/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace warder::runtime {
namespace {

using authority::Result;
using authority::Transaction;
using testing::AllOf;
using testing::HasSubstr;

/// A store in front of another one, with something to do before each commit.
class Interrupted final : public authority::Store {
  public:
    /// @param before_write  gets the number of the commit, from 0, and returns whether it may happen.
    Interrupted(authority::Store& store, std::function<bool(int)> before_write) : store_{&store}, before_write_{std::move(before_write)} {}

    Result<void> attach(authority::ChangeListener& listener) override { return store_->attach(listener); }
    void write(Work work, authority::Done<void> done) override {
        if (!before_write_(writes_++)) return done(std::unexpected{authority::Error::kStoreUnavailable});
        store_->write(std::move(work), std::move(done));
    }
    void read(Query query, authority::Done<void> done) override { store_->read(std::move(query), std::move(done)); }
    void refresh(authority::Done<void> done) override { store_->refresh(std::move(done)); }
    [[nodiscard]] authority::StoreCapabilities capabilities() const noexcept override { return store_->capabilities(); }

  private:
    authority::Store* store_;
    std::function<bool(int)> before_write_;
    int writes_ = 0;
};

class Migration : public testing::Test {
  protected:
    TokenRecord token(UserId owner, std::string description) {
        TokenRecord record;
        record.id = TokenId::make(random_);
        record.owner = owner;
        record.description = std::move(description);
        record.lifetime = Seconds{60.5};
        record.issued_at = Instant{std::chrono::seconds{1'800'000'000}};
        record.expires_at = record.issued_at + std::chrono::seconds{60};
        record.key_id = "key-1";
        return record;
    }
    /// Fills the source with two users, who have all that a database can keep, and these numbers of tokens and events.
    void fill(int tokens, int events) {
        auto const grants = GrantList::parse(std::vector<std::string>{"GET /a", "/b"}).value();
        auto const store = source_.open();
        ASSERT_TRUE(tests::write(*store, [&](Transaction const& t) -> Result<void> {
            auto const alice =
                t.users->insert({.id = {}, .name = "alice", .password_hash = "$argon2id$1", .is_admin = true, .ceiling = grants}).value();
            t.users->erase(t.users->insert({.id = {}, .name = "gone", .password_hash = "hash"}).value()).value();
            auto const bob = t.users->insert({.id = {}, .name = "bob", .password_hash = "", .created_at = Instant{std::chrono::seconds{5}}}).value();
            for (int i = 0; i < tokens; ++i) {
                auto record = token(i % 2 == 0 ? alice : bob, "token " + std::to_string(i));
                if (i % 3 == 0) record.policy = {.endpoints = grants, .is_enabled = false};
                if (i % 4 == 0) record.succession = {.ends_at = Instant{std::chrono::seconds{9}}, .successor = TokenId::make(random_)};
                record.is_edited = i % 5 == 0;
                EXPECT_TRUE(t.tokens->insert(record, ""));
                if (i % 6 != 0) continue;
                EXPECT_TRUE(
                    t.tokens->add_uses({.key = record.key(), .run = 7, .batch = 3, .count = i + 2, .last_at = record.issued_at, .last_from = {1}}));
            }
            for (int i = 0; i < events; ++i) {
                EXPECT_TRUE(t.audit->append({.time = Instant{std::chrono::seconds{i}},
                                             .actor = i % 2 == 0 ? std::optional<std::string>{"alice"} : std::nullopt,
                                             .address = {},
                                             .action = "token.created",
                                             .target = std::to_string(i)}));
            }
            return t.audit->purge(Instant{std::chrono::seconds{1}}, 1) ? Result<void>{} : std::unexpected{authority::Error::kBusy};
        }));
    }
    /// Runs the migration into a database. @param before_write  see `Interrupted`.
    std::expected<Comparison, std::string> migrate(std::function<bool(int)> before_write = [](int) { return true; }) {
        auto const source = source_.open_read_only();
        auto const target = target_.open();
        Interrupted interrupted{*target, std::move(before_write)};
        MigrationProgress progress;
        return runtime::migrate({.store = source.get(), .name = "source"}, {.store = &interrupted, .name = "target"}, ring_, progress);
    }
    /// Returns why the source can't be migrated to a users.json; empty if it can.
    std::string reason_against_users_json() {
        auto const source = source_.open_read_only();
        tests::UsersJsonTestLocation location;
        auto const valid = validate_migration({.store = source.get(), .name = "source"}, location.open()->capabilities(), ring_);
        return valid ? "" : valid.error();
    }
    std::string in_target(std::string const& sql) { return tests::OtherProgram{target_.path()}.run(sql.c_str()); }

    tests::CountingRandom random_;
    crypto::KeyRing ring_ = crypto::KeyRing::make(random_, Instant{});
    tests::SqliteTestLocation source_, target_;
};

TEST_F(Migration, CopiesMoreThanAPageAndABatchOfEachKind) {
    fill(4500, 4300);
    auto const result = migrate();
    ASSERT_TRUE(result) << result.error();
    EXPECT_TRUE(result->are_equal()) << result->conflict.value_or("") << result->missing.value_or("");
    EXPECT_EQ(result->source, result->target);
    EXPECT_EQ(result->target.users, 2);
    EXPECT_EQ(result->target.ceilings, 1);
    EXPECT_EQ(result->target.tokens, 4500);
    EXPECT_EQ(result->target.policies, 1500);
    EXPECT_EQ(result->target.audit_events, 4299);
    EXPECT_EQ(
        in_target("SELECT group_concat(target) = (SELECT group_concat(target) FROM (SELECT target FROM audit ORDER BY CAST(target AS INTEGER))) "
                  "FROM (SELECT target FROM audit ORDER BY id)"),
        "1");
    EXPECT_EQ(in_target("SELECT token_count FROM users WHERE name = 'bob'"), "2250");
    EXPECT_EQ(in_target("SELECT use_count || ' ' || run || ' ' || batch FROM uses ORDER BY token LIMIT 1"), "2 7 3");
}

TEST_F(Migration, CopiesToPostgresAndBack) {
    fill(4500, 4300);
    // clang-tidy doesn't see that lambdas change these, here and below.
    // NOLINTNEXTLINE(misc-const-correctness)
    tests::PostgresTestLocation location;
    MigrationProgress progress;  // NOLINT(misc-const-correctness)
    auto const copy = [&](authority::Store& from, authority::Store& to) {
        auto const result = runtime::migrate({.store = &from, .name = "from"}, {.store = &to, .name = "to"}, ring_, progress);
        ASSERT_TRUE(result) << result.error();
        EXPECT_TRUE(result->are_equal()) << result->conflict.value_or("") << result->missing.value_or("");
        EXPECT_EQ(result->target.tokens, 4500);
        EXPECT_EQ(result->target.audit_events, 4299);
    };
    copy(*source_.open_read_only(), *location.open());
    copy(*location.open_read_only(), *target_.open());
    auto const again = migrate();
    ASSERT_TRUE(again) << again.error();
    EXPECT_TRUE(again->are_equal()) << "the last one equals the first one";
}

TEST_F(Migration, OfAnEmptyStoreMakesAnEmptyStore) {
    source_.open();
    auto const result = migrate();
    ASSERT_TRUE(result) << result.error();
    EXPECT_TRUE(result->are_equal());
    EXPECT_EQ(result->target, ContentCounts{});
}

TEST_F(Migration, IsCompletedByTheNextRunAfterAnInterruptionBeforeAnyCommit) {
    fill(4500, 4300);
    int commits = 0;  // NOLINT(misc-const-correctness)
    ASSERT_TRUE(migrate([&](int) { return ++commits > 0; }));
    ASSERT_EQ(commits, 7) << "one of users, three of tokens, three of events";
    for (int last = 0; last < commits; ++last) {  // NOLINT(misc-const-correctness)
        for (auto const* const suffix : {"", "-wal", "-shm"}) std::filesystem::remove(target_.path().string() + suffix);
        auto const failed = migrate([&](int number) { return number < last; });
        ASSERT_FALSE(failed);
        EXPECT_THAT(failed.error(), HasSubstr("target: The store can't be read or written"));
        auto const result = migrate();
        ASSERT_TRUE(result) << result.error();
        EXPECT_TRUE(result->are_equal());
        EXPECT_EQ(result->target.tokens, 4500);
    }
}

TEST_F(Migration, WritesNothingIfTheTargetIsComplete) {
    fill(3, 3);
    ASSERT_TRUE(migrate());
    auto const again = migrate([](int) {
        ADD_FAILURE() << "a write";
        return true;
    });
    ASSERT_TRUE(again) << again.error();
    EXPECT_TRUE(again->are_equal());
}

TEST_F(Migration, RejectsATargetThatDiffersInAnyProperty) {
    fill(4, 3);
    ASSERT_TRUE(migrate());
    in_target("DROP TRIGGER audit_events_stay_as_they_are");
    std::string const first_token = " WHERE seq = (SELECT min(seq) FROM tokens)";
    std::vector<std::pair<std::string, std::string>> const cases{
        {"UPDATE users SET password_hash = 'other' WHERE name = 'alice'", "user alice differs in its password"},
        {"UPDATE users SET is_admin = 0 WHERE name = 'alice'", "user alice differs in its admin flag"},
        {"UPDATE users SET ceiling = NULL WHERE name = 'alice'", "user alice differs in its ceiling"},
        {"UPDATE users SET created_at = 6 WHERE name = 'bob'", "user bob differs in its time of creation"},
        {"UPDATE users SET name = 'eve' WHERE name = 'bob'", "the source has user bob where the target has user eve"},
        {"INSERT INTO users (name, password_hash, is_admin, created_at) VALUES ('eve', '', 0, 0)", "the target has user eve, and the source doesn't"},
        {"UPDATE tokens SET id = x'00000000000000000000000000000001'" + first_token,
         "of alice where the target has token 00000000-0000-0000-0000-000000000001"},
        {"UPDATE tokens SET owner = (SELECT max(id) FROM users)" + first_token, "of alice where the target has token "},
        {"UPDATE tokens SET digest = randomblob(32)" + first_token, "of alice differs in its digest"},
        {"UPDATE tokens SET description = 'other'" + first_token, "of alice differs in its description"},
        {"UPDATE tokens SET is_edited = 0" + first_token, "of alice differs in its description"},
        {"UPDATE tokens SET life = 60" + first_token, "of alice differs in its lifetime"},
        {"UPDATE tokens SET issued_at = issued_at + 1" + first_token, "of alice differs in its lifetime"},
        {"UPDATE tokens SET expires_at = expires_at + 1" + first_token, "of alice differs in its lifetime"},
        {"UPDATE tokens SET key_id = 'key-2'" + first_token, "of alice differs in its signing key"},
        {"UPDATE tokens SET policy = NULL" + first_token, "of alice differs in its policy"},
        {"UPDATE tokens SET successor = NULL" + first_token, "of alice differs in its successor"},
        {"UPDATE uses SET use_count = 9", "of alice differs in its uses"},
        {"DELETE FROM uses", "of alice differs in its uses"},
        {"DELETE FROM tokens" + first_token, "of alice where the target has token "},
        {"UPDATE audit SET address = '192.0.2.1'", "audit event 2 of the source differs from audit event 1 of the target"},
        {"INSERT INTO audit (time, action, target) VALUES (5, 'x', 'y')", "the target has audit event 3, and the source doesn't"},
    };
    auto const complete = target_.directory() / "complete.db";
    in_target("VACUUM INTO '" + complete.string() + "'");
    for (auto const& [sql, expected] : cases) {
        for (auto const* const suffix : {"", "-wal", "-shm"}) std::filesystem::remove(target_.path().string() + suffix);
        std::filesystem::copy_file(complete, target_.path());
        std::filesystem::permissions(target_.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        in_target(sql);
        auto const result = migrate([](int) {
            ADD_FAILURE() << "a write";
            return true;
        });
        ASSERT_FALSE(result) << sql;
        EXPECT_THAT(result.error(), AllOf(HasSubstr("neither new nor the result of an interrupted migration"), HasSubstr(expected))) << sql;
    }
}

TEST_F(Migration, FindsAChangeOfTheSourceDuringTheCopy) {
    fill(4, 3);
    auto const result = migrate([&](int number) {
        if (number == 2) tests::OtherProgram{source_.path()}.run("UPDATE users SET is_admin = 1 WHERE name = 'bob'");
        return true;
    });
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(result->conflict, "user bob differs in its admin flag");
    EXPECT_FALSE(result->are_equal());
}

TEST_F(Migration, FindsARecordThatTheSourceGotDuringTheCopy) {
    fill(4, 3);
    auto const result = migrate([&](int number) {
        if (number == 2) tests::OtherProgram{source_.path()}.run("INSERT INTO audit (time, action, target) VALUES (5, 'x', 'y')");
        return true;
    });
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(result->missing, "audit event 4 is missing in the target");
    EXPECT_EQ(result->source.audit_events, 3);
    EXPECT_EQ(result->target.audit_events, 2);
}

TEST_F(Migration, NamesWhatSpectersFileCannotKeep) {
    fill(9, 0);
    auto const reason = reason_against_users_json();
    EXPECT_THAT(reason, HasSubstr("nothing was written, because the target can't keep: the ceilings of 1 user (alice); 1 service account (bob); the "
                                  "passwords of 1 user (alice), which are not hashed as Specter Desktop requires; 9 tokens ("));
    EXPECT_THAT(reason,
                HasSubstr(" of alice and 6 more), because the target keeps the tokens themselves and the source only their SHA-256; the overlaps "
                          "of 3 renewed tokens ("));
    EXPECT_THAT(reason, HasSubstr("; the uses of 2 tokens ("));
}

TEST_F(Migration, ToSpectersFileIsPossibleForUsersWithItsHashes) {
    ASSERT_TRUE(tests::write(*source_.open(), [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(t.users->insert({.id = {}, .name = "alice", .password_hash = tests::hash_of("aGFzaA==")}));
        return {};
    }));
    EXPECT_EQ(reason_against_users_json(), "");
}

}  // namespace
}  // namespace warder::runtime
