// SPDX-License-Identifier: MIT
#include "authority/import.hpp"

#include "authority/real_store.hpp"
#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "crypto/hmac.hpp"

#include <string>
#include <vector>

namespace warder::authority {
namespace {

using tests::wait;

class AuthorityImport : public tests::RealStore {
  protected:
    [[nodiscard]] Instant now() const { return std::chrono::floor<std::chrono::seconds>(clock_.now()); }

    ImportedToken token(std::string const& name, std::string const& description, crypto::SigningKey const& key,
                        std::optional<std::string> const& kid = {}) {
        TokenRecord record;
        record.id = TokenId::make(random_);
        record.description = description;
        record.lifetime = Seconds{60};
        record.issued_at = now();
        record.expires_at = now() + std::chrono::seconds{60};
        auto text = core::make_jws_header(kid) + "." +
                    core::to_base64url(core::write_claims({.username = name,
                                                           .id = record.id,
                                                           .description = description,
                                                           .expires_at = record.expires_at,
                                                           .issued_at = record.issued_at,
                                                           .not_before = {}}));
        auto const mac = key.mac.sign(text);
        text += "." + core::to_base64url({reinterpret_cast<char const*>(mac.data()), mac.size()});
        record.digest = crypto::sha256(text);
        return {.record = record, .text = text};
    }
    static ImportedUser user(std::string const& name, std::vector<ImportedToken> tokens = {}) {
        return {.record = {.id = {}, .name = name, .password_hash = "$specter-pbkdf2$s$h"}, .tokens = std::move(tokens)};
    }
    ImportReport run_import(std::vector<ImportedUser> users) {
        auto report = wait<ImportReport>([&](auto done) { authority_.import_users(operator_, std::move(users), std::move(done)); });
        EXPECT_TRUE(report);
        return report.value_or(ImportReport{});
    }

    crypto::KeyRing ring_ = keys_.read()->rotated(random_, Instant{}).with_imported(crypto::Secret{"specter's"}, random_, Instant{}).value();
    crypto::SigningKey const& first_ = *ring_.keys()[0];
    crypto::SigningKey const& second_ = *ring_.keys()[1];
    crypto::SigningKey const& imported_ = *ring_.keys()[2];
};

TEST_F(AuthorityImport, KeepsOnlyTokensThatWouldVerifyAndSetsTheirKeyIds) {
    auto expired = token("alice", "expired", imported_);
    expired.record.expires_at = now();
    auto broken = token("alice", "broken", imported_);
    broken.text = "a.b";
    std::vector users{
        user("alice", {token("alice", "theirs", imported_), token("alice", "ours", first_), token("alice", "ours too", second_, second_.id), expired,
                       broken, token("bob", "bob's", imported_), token("alice", "a\nb", imported_), token("alice", "unnamed", second_),
                       token("alice", "misnamed", imported_, second_.id), token("alice", "unknown", imported_, "elsewhere")})};
    ImportReport report;
    sort_out_tokens(users, ring_, now(), report);
    ASSERT_EQ(users.front().tokens.size(), 3U);
    EXPECT_EQ(users.front().tokens[0].record.key_id, imported_.id);
    EXPECT_EQ(users.front().tokens[1].record.key_id, first_.id);
    EXPECT_EQ(users.front().tokens[2].record.key_id, second_.id);
    EXPECT_EQ(report.expired, 1);
    EXPECT_EQ(report.unreadable, 1);
    EXPECT_EQ(report.for_another_name, 1);
    EXPECT_EQ(report.invalid_descriptions, 1);
    EXPECT_EQ(report.unsigned_by_us, 3);
}

TEST_F(AuthorityImport, RepeatedImportAddsNothing) {
    auto const users = std::vector{user("alice", {token("alice", "one", imported_), token("alice", "two", imported_)}), user("bob")};
    auto const first = run_import(users);
    EXPECT_EQ(first.added_users, (std::vector<std::string>{"alice", "bob"}));
    EXPECT_EQ(first.added_tokens, 2);
    auto const second = run_import(users);
    EXPECT_TRUE(second.added_users.empty());
    EXPECT_EQ(second.known_users, 2);
    EXPECT_EQ(second.known_tokens, 2);
    EXPECT_EQ(second.added_tokens, 0);
}

TEST_F(AuthorityImport, ImportInBatchesEqualsImportAtOnce) {
    auto const make = [this](std::string const& name, int tokens) {
        std::vector<ImportedToken> made;
        for (int i = 0; i < tokens; ++i) made.push_back(token(name, std::to_string(i), imported_));
        return user(name, made);
    };
    auto const users = std::make_shared<std::vector<ImportedUser> const>(
        std::vector{make("alice", 7), make("bob", 0), make("ALICE", 2), make("carol", 1), make("bad name", 3), make("dave", 5)});
    ImportProgress progress;
    int batches = 0;
    for (; !progress.is_done; ++batches) {
        ASSERT_LT(batches, 100);
        auto next = wait<ImportProgress>([&](auto done) { authority_.import_batch(operator_, users, progress, 3, std::move(done)); });
        ASSERT_TRUE(next);
        progress = *next;
    }
    EXPECT_GT(batches, 5);
    EXPECT_EQ(progress.report.added_users, (std::vector<std::string>{"alice", "bob", "carol", "dave"}));
    EXPECT_EQ(progress.report.added_tokens, 13);
    EXPECT_EQ(progress.report.names_taken, 1);
    EXPECT_EQ(progress.report.invalid_names, 1);
    EXPECT_EQ(progress.report.tokens_of_skipped_users, 5);
    EXPECT_EQ(progress.report.known_users, 0);
    auto const again = run_import(*users);
    EXPECT_EQ(again.known_tokens, 13);
    EXPECT_EQ(again.added_tokens, 0);
}

TEST_F(AuthorityImport, ImportsTheFirstOfTwoUsersThatDifferInCase) {
    auto const users = std::vector{user("alice"), user("ALICE", {token("ALICE", "x", imported_)}), user("alice")};
    for (int time = 0; time < 2; ++time) {
        auto const report = run_import(users);
        EXPECT_EQ(report.names_taken, 2);
        EXPECT_EQ(report.tokens_of_skipped_users, 1);
    }
}

TEST_F(AuthorityImport, ImportsNoMoreTokensThanAUserMayHave) {
    std::vector<ImportedToken> tokens;
    for (int number = 0; number < 21; ++number) tokens.push_back(token("alice", std::to_string(number), imported_));
    auto const report = run_import({user("alice", tokens)});
    EXPECT_EQ(report.added_tokens, 20);
    EXPECT_EQ(report.too_many, 1);
}

TEST_F(AuthorityImport, SkipsTakenDescriptionsIdsAndUsers) {
    auto const alice = add_user("alice", true);
    ASSERT_TRUE(mint(alice, "ci"));
    auto const one = token("alice", "one", imported_);
    auto same_id = token("bob", "other", imported_);
    same_id.record.id = one.record.id;
    auto const report = run_import({user("alice", {token("alice", "ci", imported_), one}), user("bob", {same_id})});
    EXPECT_EQ(report.descriptions_taken, 1);
    EXPECT_EQ(report.ids_taken, 1);
    EXPECT_EQ(report.added_tokens, 1);
    auto const kept = wait<UserRecord>([&](auto done) { authority_.show_user("alice", std::move(done)); });
    EXPECT_TRUE(kept && kept->is_admin && kept->password_hash == "$argon2id$stand-in");
}

}  // namespace
}  // namespace warder::authority
