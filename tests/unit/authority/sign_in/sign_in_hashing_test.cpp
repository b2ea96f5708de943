// SPDX-License-Identifier: MIT
// Sign-ins whose hashes are in flight, are expensive, run out of memory, or are upgraded.
#include "authority/sign_in/counted_hashing.hpp"
#include "authority/sign_in/sign_in_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <vector>

namespace warder::authority {
namespace {

using std::chrono::seconds;
using tests::address;
using tests::kCheap;
using tests::kDearer;
using tests::kSalt;
using tests::kSpecterOfCorrectHorse;

using SignInHashingTest = tests::SignInFixture;

TEST_F(SignInHashingTest, HashesOnceForIdenticalRequestsInFlight) {
    block_hashing();
    std::vector<std::future<Outcome>> right;
    std::vector<std::future<Outcome>> wrong;
    for (int i = 0; i < 20; ++i) right.push_back(start("alice", "correct horse"));  // more than the queue and the throttle would admit
    for (int i = 0; i < 20; ++i) wrong.push_back(start("Alice", "correct mule"));
    unblock_.set_value();
    for (auto& outcome : right) EXPECT_TRUE(outcome.get().has_value());
    for (auto& outcome : wrong) EXPECT_EQ(error_of(outcome.get()), Error::kWrongCredentials);

    // The wrong attempts counted as one failure: four more are admitted.
    for (int i = 0; i < 4; ++i) EXPECT_EQ(error_of(check("alice", "wrong " + std::to_string(i))), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("alice", "wrong")), Error::kThrottled);
}

TEST_F(SignInHashingTest, ThrottledAddressCannotJoinAnAttemptOfAnotherAddress) {
    for (int i = 0; i < 5; ++i) ASSERT_EQ(error_of(check("alice", "wrong " + std::to_string(i), address(1))), Error::kWrongCredentials);
    block_hashing();
    auto elsewhere = start("alice", "correct horse", address(2));
    EXPECT_EQ(error_of(check("alice", "correct horse", address(1))), Error::kThrottled);
    unblock_.set_value();
    EXPECT_TRUE(elsewhere.get().has_value());
}

TEST_F(SignInHashingTest, ReturnsBusyWithoutCountingWhenTheQueueIsFull) {
    block_hashing();
    std::vector<std::future<Outcome>> waiting;
    for (int i = 0; i < 8; ++i) waiting.push_back(start("bob" + std::to_string(i), "filler"));
    for (int i = 0; i < 10; ++i) {
        auto const refused = check("alice", "correct horse");
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().error, Error::kBusy);
        EXPECT_EQ(refused.error().retry_after, seconds{1});
    }
    unblock_.set_value();
    for (auto& outcome : waiting) EXPECT_EQ(error_of(outcome.get()), Error::kWrongCredentials);
    EXPECT_TRUE(check("alice", "correct horse").has_value());
}

TEST_F(SignInHashingTest, AdmitsANewAddressWhenOthersFilledTheQueue) {
    block_hashing();
    std::vector<std::future<Outcome>> crowd;
    for (int i = 0; i < 8; ++i) crowd.push_back(start("bob" + std::to_string(i), "filler", address(2)));
    auto rightful = start("alice", "correct horse", address(1));
    unblock_.set_value();
    EXPECT_TRUE(rightful.get().has_value());
    int busy = 0;
    for (auto& outcome : crowd) busy += error_of(outcome.get()) == Error::kBusy ? 1 : 0;
    EXPECT_EQ(busy, 1);
}

TEST_F(SignInHashingTest, OutOfMemoryIsNeitherCountedNorAudited) {
    {
        warder::tests::MemoryIsShort const is_short;
        for (int i = 0; i < 10; ++i) {
            for (auto const* password : {"correct horse", "wrong"}) {
                auto const refused = check("alice", password);
                ASSERT_FALSE(refused.has_value());
                EXPECT_EQ(refused.error().error, Error::kBusy);
                EXPECT_EQ(refused.error().retry_after, seconds{1});
                EXPECT_EQ(error_of(confirm("alice", password)), Error::kBusy);
            }
            EXPECT_EQ(error_of(check("nobody", "wrong")), Error::kBusy);
        }
    }
    EXPECT_TRUE(store_.events.empty());
    EXPECT_TRUE(check("alice", "correct horse").has_value());
}

TEST_F(SignInHashingTest, OutOfMemoryForAnImportedHashIsNeitherCountedNorAudited) {
    keep(crypto::specter_hash(kSalt, kSpecterOfCorrectHorse));
    {
        warder::tests::MemoryIsShort const is_short;
        for (int i = 0; i < 10; ++i) EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kBusy);
    }
    EXPECT_TRUE(store_.events.empty());
    EXPECT_TRUE(check("alice", "correct horse").has_value());
}

TEST_F(SignInHashingTest, UnknownNameCostsAsMuchAsTheStoredHashes) {
    // The settings changed from kDearer to kCheap, and no user has signed in since.
    keep(crypto::hash_password(crypto::Secret{"correct horse"}, kDearer).value_or(""));
    warder::tests::LastCost const dearer{.passes = kDearer.passes, .memory = kDearer.memory_bytes};
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(error_of(check("nobody" + std::to_string(i), "wrong")), Error::kWrongCredentials);
        EXPECT_EQ(warder::tests::last_cost(), dearer);
    }
}

TEST_F(SignInHashingTest, ServiceAccountCostsAsMuchAsAnUnknownName) {
    directory_.put({.id = UserId{8}, .name = "deployer", .password_hash = {}});
    keep(crypto::hash_password(crypto::Secret{"correct horse"}, kDearer).value_or(""));
    warder::tests::LastCost const dearer{.passes = kDearer.passes, .memory = kDearer.memory_bytes};
    for (auto const* const name : {"nobody", "deployer"}) {
        for (auto const* const password : {"", "wrong"}) {
            auto const before = warder::tests::hashing_done();
            EXPECT_EQ(error_of(check(name, password)), Error::kWrongCredentials);
            auto const after = warder::tests::hashing_done();
            EXPECT_EQ(after.argon2 - before.argon2, 1U) << name;
            EXPECT_EQ(after.pbkdf2 - before.pbkdf2, 1U) << name;
            EXPECT_EQ(warder::tests::last_cost(), dearer) << "a service account has no cost of its own";
        }
        EXPECT_EQ(error_of(confirm(name, "wrong")), Error::kWrongCredentials);
        EXPECT_FALSE(is_verified(name, ""));
    }
}

TEST_F(SignInHashingTest, UnknownNameAlwaysCostsTheSame) {
    for (std::int64_t id = 100; id < 110; ++id)
        directory_.put({.id = UserId{id},
                        .name = "user" + std::to_string(id),
                        .password_hash = crypto::hash_password(crypto::Secret{"x"}, kDearer).value_or("")});
    for (std::int64_t id = 110; id < 119; ++id)
        directory_.put({.id = UserId{id}, .name = "user" + std::to_string(id), .password_hash = store_.alice.password_hash});
    auto const costs = [this](std::uint8_t from) {
        std::vector<std::size_t> all;
        for (int i = 0; i < 40; ++i) {
            static_cast<void>(check((from == 1 ? "nobody" : "NOBODY") + std::to_string(i), "wrong " + std::to_string(from), address(from)));
            all.push_back(warder::tests::last_cost().memory);
        }
        return all;
    };
    auto const first = costs(1);
    EXPECT_EQ(costs(2), first);
    EXPECT_TRUE(std::ranges::count(first, kCheap.memory_bytes) > 0 && std::ranges::count(first, kDearer.memory_bytes) > 0) << "of both kinds";
}

TEST_F(SignInHashingTest, RejectsAPasswordThatWasChangedDuringHashing) {
    block_hashing();
    auto outcome = start("alice", "correct horse");
    keep(crypto::hash_password(crypto::Secret{"battery staple"}, kCheap).value_or(""));
    unblock_.set_value();
    EXPECT_EQ(error_of(outcome.get()), Error::kWrongCredentials);
}

TEST_F(SignInHashingTest, RejectsAUserThatWasDeletedDuringHashing) {
    block_hashing();
    auto outcome = start("alice", "correct horse");
    directory_.erase(UserId{7});
    unblock_.set_value();
    EXPECT_EQ(error_of(outcome.get()), Error::kWrongCredentials);
}

TEST_F(SignInHashingTest, UpgradesASpecterHashAndCachesTheNewOne) {
    keep(crypto::specter_hash(kSalt, kSpecterOfCorrectHorse));
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(crypto::kind_of(store_.alice.password_hash), crypto::HashKind::kArgon2id);
    EXPECT_TRUE(is_verified("alice", "correct horse"));
    EXPECT_TRUE(confirm("alice", "correct horse").has_value());
    EXPECT_EQ(store_.writes, 1);
}

TEST_F(SignInHashingTest, UpgradesAHashOfADifferentCost) {
    keep(crypto::hash_password(crypto::Secret{"correct horse"}, kDearer).value_or(""));
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_FALSE(crypto::needs_rehash(store_.alice.password_hash, kCheap));
    EXPECT_TRUE(is_verified("alice", "correct horse"));
}

TEST_F(SignInHashingTest, SucceedsForTwoAddressesThatUpgradeConcurrently) {
    keep(crypto::specter_hash(kSalt, kSpecterOfCorrectHorse));
    block_hashing();
    auto first = start("alice", "correct horse", address(1));
    auto second = start("alice", "correct horse", address(2));
    unblock_.set_value();
    EXPECT_TRUE(first.get().has_value());
    EXPECT_TRUE(second.get().has_value());
    EXPECT_EQ(store_.writes, 1);
}

TEST_F(SignInHashingTest, SucceedsWhenTheUpgradedHashCannotBeStored) {
    keep(crypto::specter_hash(kSalt, kSpecterOfCorrectHorse));
    store_.is_full = true;
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(store_.writes, 1);
    EXPECT_TRUE(is_verified("alice", "correct horse"));
}

}  // namespace
}  // namespace warder::authority
