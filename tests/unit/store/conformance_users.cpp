// SPDX-License-Identifier: MIT
// Requirements for every store: users.
#include "store/store_conformance.hpp"

namespace warder::tests {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

TEST_P(StoreConformance, KeepsUsersAcrossARestart) {
    auto const alice = add_user("Alice", true);
    add_token(alice);
    reopen();
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        auto const found = s.users->find("aLiCE").value();
        EXPECT_TRUE(found);
        if (!found) return {};
        EXPECT_EQ(found->id, alice);
        EXPECT_EQ(found->name, "Alice");
        EXPECT_EQ(found->password_hash, hash_of("hash"));
        EXPECT_TRUE(found->is_admin);
        EXPECT_EQ(found->created_at, now());
        EXPECT_EQ(found->token_count, 1);
        EXPECT_FALSE(s.users->find("alic").value());
        return {};
    }));
}

TEST_P(StoreConformance, ChangesAndDeletesUsers) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob", true);
    auto const gone = add_token(bob);
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(set_admin(t, alice, true));
        EXPECT_EQ(count_admins(t), 2);
        EXPECT_TRUE(set_password_hash(t, alice, hash_of("other")));
        return t.users->erase(bob);
    }));
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        auto const users = s.users->list().value();
        EXPECT_EQ(users.size(), 1U);
        EXPECT_EQ(users.front().password_hash, hash_of("other"));
        EXPECT_EQ(count_admins(s), 1);
        EXPECT_FALSE(s.users->find(bob).value());
        EXPECT_FALSE(s.tokens->find(gone.key()).value());
        EXPECT_FALSE(s.tokens->find(gone.id).value());
        return {};
    }));
}

TEST_P(StoreConformance, KeepsAUserWithoutAPasswordUntilOneIsSet) {
    auto const hash_of_service = [&] {
        std::optional<std::string> hash;
        EXPECT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
            if (auto const found = s.users->find("deployer").value()) hash = found->password_hash;
            return {};
        }));
        return hash;
    };
    UserId service{};
    auto const inserted = write(*store_, [&](Transaction const& t) -> Result<void> {
        auto const made = t.users->insert({.id = {}, .name = "deployer", .password_hash = {}, .ceiling = {}, .created_at = now()});
        if (made) service = *made;
        return made ? Result<void>{} : std::unexpected{made.error()};
    });
    if (!store_->capabilities().keeps_service_accounts) {
        ASSERT_FALSE(inserted);
        EXPECT_EQ(inserted.error(), Error::kNotSupportedByStore);
        return;
    }
    ASSERT_TRUE(inserted);
    add_token(service);
    reopen();
    EXPECT_EQ(hash_of_service(), "");
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_password_hash(t, service, hash_of("hash")); }));
    reopen();
    EXPECT_EQ(hash_of_service(), hash_of("hash"));
}

TEST_P(StoreConformance, RejectsNamesThatDifferOnlyInCaseAndNeverReusesIds) {
    auto const alice = add_user("Alice");
    auto const again = write(*store_, [&](Transaction const& t) -> Result<void> {
        auto const made =
            t.users->insert({.id = {}, .name = "aLICE", .password_hash = hash_of("hash"), .is_admin = false, .ceiling = {}, .created_at = now()});
        return made ? Result<void>{} : std::unexpected{made.error()};
    });
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), Error::kUserExists);
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.users->erase(alice); }));
    EXPECT_NE(add_user("Alice"), alice);
}

TEST_P(StoreConformance, ListsUsersByPages) {
    std::vector<UserId> ids;
    for (auto const* name : {"zoe", "bob", "carol", "dave"}) ids.push_back(add_user(name));
    reopen();
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        auto const names = [&s](std::optional<UserId> after, std::uint32_t limit) {
            std::vector<std::string> found;
            auto const users = s.users->list(after, limit).value();
            for (auto const& user : users) found.push_back(user.name);
            return found;
        };
        auto const id_of = [&s](std::string_view name) { return s.users->find(name).value()->id; };
        using Names = std::vector<std::string>;
        EXPECT_EQ(names({}, 3), (Names{"zoe", "bob", "carol"}));
        EXPECT_EQ(names({}, 9), (Names{"zoe", "bob", "carol", "dave"}));
        EXPECT_EQ(names(id_of("bob"), 1), (Names{"carol"}));
        EXPECT_EQ(names(id_of("bob"), 2), (Names{"carol", "dave"}));
        EXPECT_EQ(names(id_of("dave"), 2), Names{});
        return {};
    }));
}

TEST_P(StoreConformance, KeepsTheLastSignInToTheMinuteWithoutAnnouncingIt) {
    using namespace std::chrono_literals;
    auto const alice = add_user("alice");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    recorder.take();
    auto const last_sign_in = [&] {
        std::optional<Instant> at;
        EXPECT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
            at = s.users->find(alice).value()->last_sign_in_at;
            return {};
        }));
        return at;
    };
    auto const note = [&](UserId user, Instant at) {
        EXPECT_TRUE(write(*store_, [&](Transaction const& t) { return t.users->note_sign_in(user, at); }));
    };
    bool const is_kept = store_->capabilities().keeps_sign_ins;
    auto const kept = [is_kept](Instant at) { return is_kept ? std::optional{at} : std::nullopt; };
    EXPECT_EQ(last_sign_in(), std::nullopt);
    auto const first = now();
    note(alice, first);
    note(UserId{4711}, first);
    EXPECT_EQ(last_sign_in(), kept(first));
    for (auto const later : {59s, -100s}) note(alice, first + later);
    EXPECT_EQ(last_sign_in(), kept(first)) << "within a minute, and before";
    note(alice, first + 60s);
    EXPECT_EQ(last_sign_in(), kept(first + 60s));
    EXPECT_EQ(recorder.take(), Words{});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_admin(t, alice, true); }));
    EXPECT_EQ(last_sign_in(), kept(first + 60s)) << "another change keeps it";
    recorder.take();
    store_.reset();
}

TEST_P(StoreConformance, InsertsTheLastSignInOfAMigratedUser) {
    if (!store_->capabilities().keeps_sign_ins) return;
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        auto const made =
            t.users->insert({.id = {}, .name = "alice", .password_hash = hash_of("hash"), .created_at = now(), .last_sign_in_at = now()});
        return made ? Result<void>{} : std::unexpected{made.error()};
    }));
    reopen();
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        EXPECT_EQ(s.users->find("alice").value()->last_sign_in_at, now());
        return {};
    }));
}

TEST_P(StoreConformance, CountsTheTokensOfAUser) {
    auto const alice = add_user("alice");
    auto const one = add_token(alice, "one");
    add_token(alice, "two");
    for (int again = 0; again < 2; ++again) ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.tokens->erase(one.key()); }));
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        EXPECT_EQ(s.users->find(alice).value()->token_count, 1);
        return {};
    }));
}

}  // namespace warder::tests
