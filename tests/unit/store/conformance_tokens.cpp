// SPDX-License-Identifier: MIT
// Requirements for every store: tokens.
#include "crypto/hmac.hpp"
#include "store/store_conformance.hpp"

#include <vector>

namespace warder::tests {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

TEST_P(StoreConformance, KeepsEveryFieldOfATokenAcrossARestart) {
    auto record = token(add_user("alice"), "caf\xC3\xA9", Seconds{1.5});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return insert(t, record); }));
    reopen();
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        auto const found = s.tokens->find(record.key()).value();
        EXPECT_TRUE(found);
        if (!found) return {};
        EXPECT_EQ(found->owner, record.owner);
        EXPECT_EQ(found->description, record.description);
        EXPECT_EQ(found->lifetime, record.lifetime);
        EXPECT_EQ(found->issued_at, record.issued_at);
        EXPECT_EQ(found->expires_at, record.expires_at);
        EXPECT_EQ(found->digest, record.digest);
        EXPECT_EQ(found->key_id, record.key_id);
        EXPECT_FALSE(found->is_edited);
        EXPECT_FALSE(found->succession);
        EXPECT_EQ(found->policy.endpoints, nullptr);
        return {};
    }));
}

Grants grants(std::vector<std::string> const& texts) { return GrantList::parse(texts).value(); }

TEST_P(StoreConformance, KeepsAndAnnouncesTheGrantsOfAToken) {
    auto record = token(add_user("alice"));
    record.policy.endpoints = grants({"GET /a/*", "//b.org/** rpc:x\\y,z*"});
    record.digest = crypto::sha256(text_of(record));
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return insert(t, record); }));
    auto const kept = [&] {
        Grants found;
        EXPECT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
            found = s.tokens->find(record.key()).value()->policy.endpoints;
            return {};
        }));
        return found;
    };
    reopen();
    ASSERT_NE(kept(), nullptr);
    EXPECT_TRUE(*kept() == *record.policy.endpoints);

    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    auto const changes = recorder.take();
    EXPECT_EQ(changes.at(changes.size() - 2), "token for GET /a/*");
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_endpoints(t, record.key(), grants({"/c"})); }));
    EXPECT_EQ(recorder.take(), Words{"token for /c"});
    EXPECT_TRUE(*kept() == *grants({"/c"}));
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_endpoints(t, record.key(), nullptr); }));
    EXPECT_EQ(recorder.take(), Words{"token"});
    reopen();
    EXPECT_EQ(kept(), nullptr) << "a removed limit stays removed, whatever the token's claims are";
}

TEST_P(StoreConformance, FindsATokenByOwnerAndIdOrByIdOnly) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob");
    auto const one = add_token(alice, "one");
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        EXPECT_TRUE(s.tokens->find(one.key()).value());
        EXPECT_FALSE(s.tokens->find({.owner = bob, .id = one.id}).value());
        auto const found = s.tokens->find(one.id).value();
        EXPECT_TRUE(found && found->owner == alice);
        EXPECT_FALSE(s.tokens->find(TokenId::make(random_)).value());
        return {};
    }));
}

TEST_P(StoreConformance, ListsTokensOldestFirstInPages) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob");
    auto const one = add_token(alice, "one");
    auto const two = add_token(bob, "two");
    auto const three = add_token(alice, "three");
    EXPECT_EQ(list({}).value(), (Words{"one", "two", "three"}));
    EXPECT_EQ(list({.owner = alice, .after = {}, .limit = {}}).value(), (Words{"one", "three"}));
    EXPECT_EQ(list({.owner = alice, .after = one.id, .limit = 5}).value(), Words{"three"});
    EXPECT_EQ(list({.owner = {}, .after = one.id, .limit = 1}).value(), Words{"two"});
    EXPECT_EQ(list({.owner = {}, .after = three.id, .limit = {}}).value(), Words{});

    for (auto const& unknown : {two.id, TokenId::make(random_)}) {
        auto const refused = list({.owner = alice, .after = unknown, .limit = {}});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), Error::kUnknownCursor);
    }
}

TEST_P(StoreConformance, FindsActiveTokensByOwnerAndExactDescription) {
    auto const alice = add_user("alice");
    add_token(alice, "ci");
    add_token(alice, "CI");
    add_token(add_user("bob"), "ci");
    auto const count = [&] {
        std::size_t found = 0;
        EXPECT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
            found = s.tokens->list_live(alice, "ci", now()).value().size();
            return {};
        }));
        return found;
    };
    EXPECT_EQ(count(), 1U);
    clock_.advance(std::chrono::minutes{10});
    EXPECT_EQ(count(), 0U) << "a token expires at its end, not a second later";
}

TEST_P(StoreConformance, CountsAndDeletesTokensSignedByAKey) {
    auto const alice = add_user("alice");
    add_token(alice, "short", std::chrono::seconds{1});
    add_token(alice, "long");
    auto other = token(alice, "other");
    other.key_id = "key-2";
    clock_.advance(std::chrono::seconds{1});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(insert(t, other));
        EXPECT_EQ(t.tokens->count_live("key-1", now()).value(), 1);
        EXPECT_EQ(t.tokens->erase_signed_by("key-1").value(), 2);
        EXPECT_EQ(t.users->find(alice).value()->token_count, 1);
        return {};
    }));
    EXPECT_EQ(list({}).value(), Words{"other"});
}

TEST_P(StoreConformance, DeletesAllTokensOfAUser) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob");
    add_token(alice, "short", std::chrono::seconds{1});
    add_token(alice, "long");
    add_token(bob, "other");
    clock_.advance(std::chrono::seconds{1});
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(insert(t, token(alice, "in the same transaction")));
        EXPECT_EQ(t.tokens->erase_all(alice).value(), 3);
        EXPECT_EQ(t.tokens->erase_all(alice).value(), 0);
        EXPECT_EQ(t.users->find(alice).value()->token_count, 0);
        EXPECT_EQ(t.users->find(bob).value()->token_count, 1);
        return {};
    }));
    reopen();
    EXPECT_EQ(list({}).value(), Words{"other"});
}

TEST_P(StoreConformance, ListsExpiredTokensAndPurgesThoseExpiredLongAgo) {
    auto const alice = add_user("alice");
    add_token(alice, "long ago", std::chrono::seconds{1});
    add_token(add_user("bob"), "long ago too", std::chrono::seconds{2});
    add_token(alice, "lately", std::chrono::seconds{50});
    add_token(alice, "live", std::chrono::hours{9});
    clock_.advance(std::chrono::seconds{100});
    EXPECT_EQ(list({}).value(), (Words{"long ago", "long ago too", "lately", "live"}));
    for (auto const expected : {1, 1, 0}) EXPECT_EQ(purge_one(std::chrono::seconds{90}), expected);
    EXPECT_EQ(list({}).value(), (Words{"lately", "live"}));
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        EXPECT_EQ(s.users->find(alice).value()->token_count, 2);
        return {};
    }));
}

TEST_P(StoreConformance, WritesForUnknownUsersAndTokensChangeNothing) {
    auto const alice = add_user("alice");
    auto const known = add_token(alice, "ci");
    auto const unknown_user = UserId{static_cast<std::int64_t>(alice) + 1000};
    auto const nothing = TokenId::make(random_);
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(set_admin(t, unknown_user, true));
        EXPECT_TRUE(set_password_hash(t, unknown_user, hash_of("x")));
        EXPECT_TRUE(t.users->erase(unknown_user));
        EXPECT_TRUE(set_description(t, {.owner = alice, .id = nothing}, "x"));
        EXPECT_TRUE(set_description(t, {.owner = unknown_user, .id = known.id}, "x"));
        EXPECT_TRUE(t.tokens->erase({.owner = unknown_user, .id = known.id}));
        EXPECT_TRUE(set_endpoints(t, {.owner = alice, .id = nothing}, nullptr));
        return t.tokens->erase({.owner = alice, .id = nothing});
    }));
    EXPECT_EQ(list({}).value(), Words{"ci"});
    ASSERT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        EXPECT_EQ(s.users->list().value().size(), 1U);
        EXPECT_EQ(s.users->find(alice).value()->token_count, 1);
        return {};
    }));
}

}  // namespace warder::tests
