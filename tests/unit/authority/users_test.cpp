// SPDX-License-Identifier: MIT
#include "authority/real_store.hpp"

#include <gtest/gtest.h>

namespace warder::authority {
namespace {

using warder::tests::wait;

class AuthorityUsers : public warder::tests::RealStore {
  protected:
    Result<UserRecord> add(std::string name) {
        return wait<UserRecord>([&](auto done) {
            authority_.add_user(operator_, {.name = std::move(name), .password_hash = "$argon2id$stand-in", .is_admin = false, .ceiling = {}},
                                std::move(done));
        });
    }
    Result<UserRecord> set_admin(std::string name, bool is_admin) {
        return wait<UserRecord>(
            [&](auto done) { authority_.edit_user(operator_, std::move(name), {.is_admin = is_admin, .ceiling = {}}, std::move(done)); });
    }
    Result<void> remove(std::string name) {
        return wait<void>([&](auto done) { authority_.remove_user(operator_, std::move(name), std::move(done)); });
    }

    Principal root_ = add_user("root", true);
};

TEST_F(AuthorityUsers, RejectsANameThatDiffersOnlyInCase) {
    ASSERT_TRUE(add("Alice"));
    auto const again = add("aLICE");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), Error::kUserExists);
    EXPECT_EQ(wait<UserRecord>([&](auto done) { authority_.show_user("alice", std::move(done)); })->name, "Alice");
}

TEST_F(AuthorityUsers, RejectsAnInvalidName) {
    auto const bad = add(".alice");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error(), Error::kBadUserName);
}

TEST_F(AuthorityUsers, RejectsRemovalOrDemotionOfTheLastAdministrator) {
    auto const demoted = set_admin("root", false);
    ASSERT_FALSE(demoted);
    EXPECT_EQ(demoted.error(), Error::kLastAdmin);
    auto const removed = remove("root");
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error(), Error::kLastAdmin);

    add_user("second", true);
    EXPECT_TRUE(set_admin("root", false));
    EXPECT_TRUE(remove("root"));
}

TEST_F(AuthorityUsers, DeletingAUserRevokesTokensThatALaterUserDoesNotInherit) {
    auto const alice = add_user("alice");
    auto const token = mint(alice, "ci runner").value();
    ASSERT_TRUE(remove("alice"));
    EXPECT_FALSE(index_.registry().find(token.record.id));

    auto const next = add_user("alice");
    EXPECT_NE(next.id, alice.id);
    EXPECT_FALSE(index_.registry().find(token.record.id));
    auto const page = wait<TokenPage>([&](auto done) { authority_.list(next, {}, std::move(done)); });
    EXPECT_TRUE(page->tokens.empty());
}

TEST_F(AuthorityUsers, AdministratorsAndTheOwnerRevokeAllTokensOfAUser) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob");
    auto const revoke_all = [&](Principal const& principal, std::string name) {
        return wait<std::int64_t>([&](auto done) { authority_.revoke_all(principal, std::move(name), std::move(done)); });
    };
    auto const token = mint(alice, "one").value();
    auto const other = mint(bob, "other").value();
    ASSERT_TRUE(mint(alice, "two"));
    EXPECT_EQ(revoke_all(bob, "alice").error(), Error::kForbidden);
    EXPECT_EQ(revoke_all(bob, "nobody").error(), Error::kForbidden);
    EXPECT_EQ(revoke_all(root_, "nobody").error(), Error::kUserNotFound);
    EXPECT_EQ(revoke_all(alice, "ALICE").value(), 2);
    EXPECT_FALSE(index_.registry().find(token.record.id));
    EXPECT_TRUE(index_.registry().find(other.record.id));
    EXPECT_EQ(revoke_all(root_, "bob").value(), 1);
    EXPECT_EQ(revoke_all(root_, "bob").value(), 0);
}

TEST_F(AuthorityUsers, HashUpgradeNeverOverwritesAChangedPassword) {
    auto const alice = add_user("alice");
    ASSERT_TRUE(wait<void>([&](auto done) { authority_.set_password(operator_, "alice", "$argon2id$changed", std::move(done)); }));
    ASSERT_TRUE(
        wait<void>([&](auto done) { authority_.upgrade_password_hash(alice.id, "$argon2id$stand-in", "$argon2id$upgraded", std::move(done)); }));
    EXPECT_EQ(index_.directory().find("alice")->password_hash, "$argon2id$changed");
    ASSERT_TRUE(
        wait<void>([&](auto done) { authority_.upgrade_password_hash(alice.id, "$argon2id$changed", "$argon2id$upgraded", std::move(done)); }));
    EXPECT_EQ(index_.directory().find("alice")->password_hash, "$argon2id$upgraded");
}

TEST_F(AuthorityUsers, UserWithoutAPasswordIsAServiceAccountUntilOneIsSet) {
    auto const add_service = [&](bool is_admin) {
        return wait<UserRecord>([&](auto done) {
            authority_.add_user(operator_, {.name = "deployer", .password_hash = {}, .is_admin = is_admin, .ceiling = {}}, std::move(done));
        });
    };
    EXPECT_EQ(add_service(true).error(), Error::kServiceAccountAsAdmin);
    EXPECT_TRUE(add_service(false).value().is_service());
    EXPECT_EQ(set_admin("deployer", true).error(), Error::kServiceAccountAsAdmin);
    EXPECT_TRUE(set_admin("deployer", false));
    ASSERT_TRUE(wait<void>([&](auto done) { authority_.set_password(operator_, "deployer", "$argon2id$stand-in", std::move(done)); }));
    EXPECT_FALSE(set_admin("deployer", true).value().is_service());
}

TEST_F(AuthorityUsers, AdministratorsAloneMintForOthersAndRenewForServiceAccounts) {
    auto const alice = add_user("alice");
    ASSERT_TRUE(wait<UserRecord>([&](auto done) { authority_.add_user(operator_, {.name = "deployer", .password_hash = {}}, std::move(done)); }));
    auto const mint_for = [&](Principal const& principal, std::string owner) {
        return wait<MintedToken>(
            [&](auto done) { authority_.mint_for(principal, std::move(owner), {.description = "ci", .lifetime = Seconds{360}}, std::move(done)); });
    };
    EXPECT_EQ(mint_for(alice, "deployer").error(), Error::kForbidden);
    EXPECT_EQ(mint_for(alice, "alice").error(), Error::kForbidden);
    EXPECT_EQ(mint_for(root_, "nobody").error(), Error::kUserNotFound);
    auto const token = mint_for(root_, "deployer").value();
    auto const renew = [&](Principal const& principal) {
        return wait<MintedToken>([&](auto done) { authority_.renew(principal, token.record.id, {}, std::move(done)); });
    };
    EXPECT_EQ(renew(alice).error(), Error::kTokenNotFound);
    EXPECT_EQ(renew(root_).value().record.owner, token.record.owner);
}

TEST_F(AuthorityUsers, ReturnsUserNotFoundForAnUnknownName) {
    auto const removed = remove("nobody");
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error(), Error::kUserNotFound);
    auto const changed = set_admin("nobody", true);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error(), Error::kUserNotFound);
}

}  // namespace
}  // namespace warder::authority
