// SPDX-License-Identifier: MIT
#include "authority/sign_in/password_hasher.hpp"

#include "authority/sign_in/counted_hashing.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace warder::authority {
namespace {

constexpr crypto::Argon2Cost kCheapCost{.memory_bytes = 65536, .passes = 1};
constexpr crypto::Argon2Cost kDearerCost{.memory_bytes = 131072, .passes = 1};

// Computed with Python: base64(pbkdf2_hmac("sha256", b"correct horse", salt text, 10000, 32)).
constexpr std::string_view kSpecterSalt = "c2FsdHNhbHRzYWx0c2FsdA==";
constexpr std::string_view kSpecterHash = "Zv7OGl3m9Qjuc2/qDM3AYyLw9PbXWA15SaZPB2FRxeY=";

using Verdict = PasswordHasher::Verdict;

Result<Verdict> check(PasswordHasher& hasher, std::string_view password, std::string hash, std::optional<crypto::Argon2Cost> cost_without_hash = {}) {
    std::promise<Result<Verdict>> promise;
    hasher.check({.password = crypto::Secret{password}, .stored_hash = std::move(hash), .cost_without_hash = cost_without_hash},
                 [&promise](Result<Verdict> verdict) { promise.set_value(std::move(verdict)); });
    return promise.get_future().get();
}

Result<std::string> hash(PasswordHasher& hasher, std::string_view password) {
    std::promise<Result<std::string>> promise;
    hasher.hash(crypto::Secret{password}, {}, [&promise](Result<std::string> made) { promise.set_value(std::move(made)); });
    return promise.get_future().get();
}

template <class T>
Error error_of(Result<T> const& result) {
    return result ? Error{} : result.error();
}

TEST(PasswordHasher, AcceptsTheHashedPasswordAndRejectsAnother) {
    PasswordHasher hasher{{.cost = kCheapCost}};
    auto const made = hash(hasher, "correct horse");
    ASSERT_TRUE(made.has_value());
    auto const right = check(hasher, "correct horse", *made);
    ASSERT_TRUE(right.has_value());
    EXPECT_TRUE(right->is_right);
    EXPECT_EQ(right->upgraded_hash, "");
    auto const wrong = check(hasher, "correct mule", *made);
    ASSERT_TRUE(wrong.has_value());
    EXPECT_FALSE(wrong->is_right);
}

TEST(PasswordHasher, RejectsAnyPasswordWithoutAValidHash) {
    PasswordHasher hasher{{.cost = kCheapCost}};
    for (auto const* stored : {"", "no hash at all"}) {
        auto const verdict = check(hasher, "", stored);
        ASSERT_TRUE(verdict.has_value());
        EXPECT_FALSE(verdict->is_right);
        EXPECT_EQ(verdict->upgraded_hash, "");
    }
}

TEST(PasswordHasher, SpecterKindMakesSpecterHashesAndNeverUpgrades) {
    PasswordHasher hasher{{.cost = kDearerCost, .kind = crypto::HashKind::kSpecterPbkdf2}};
    auto const made = hash(hasher, "correct horse");
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(crypto::kind_of(*made), crypto::HashKind::kSpecterPbkdf2);
    EXPECT_NE(*made, hash(hasher, "correct horse")) << "each with a salt of its own";
    for (auto const& stored : {*made, crypto::specter_hash(kSpecterSalt, kSpecterHash)}) {
        auto const before = tests::hashing_done();
        auto const right = check(hasher, "correct horse", stored);
        ASSERT_TRUE(right.has_value());
        EXPECT_TRUE(right->is_right);
        EXPECT_EQ(right->upgraded_hash, "");
        EXPECT_EQ(tests::hashing_done().argon2, before.argon2);
        EXPECT_FALSE(check(hasher, "wrong", stored)->is_right);
    }
}

TEST(PasswordHasher, SpecterKindHashesOnceForKnownAndUnknownUsers) {
    PasswordHasher hasher{{.cost = kCheapCost, .kind = crypto::HashKind::kSpecterPbkdf2}};
    for (auto const& stored :
         {std::string{}, std::string{"no hash at all"}, std::string{"$argon2id$x"}, crypto::specter_hash(kSpecterSalt, kSpecterHash)}) {
        auto const before = tests::hashing_done();
        EXPECT_FALSE(check(hasher, "wrong", stored)->is_right);
        EXPECT_EQ(tests::hashing_done().pbkdf2 - before.pbkdf2, 1U) << stored;
        EXPECT_EQ(tests::hashing_done().argon2, before.argon2) << stored;
    }
}

TEST(PasswordHasher, EvaluatesArgon2ForMissingAndSpecterHashes) {
    // An evaluation at an invalid cost fails, and so does the check: this shows that the evaluation takes place.
    PasswordHasher hasher{{.cost = {.memory_bytes = 1, .passes = 1}}};
    auto const specter = crypto::specter_hash(kSpecterSalt, kSpecterHash);
    for (auto const& stored : {std::string{}, std::string{"no hash at all"}, specter}) {
        for (auto const* password : {"correct horse", "wrong"}) {
            auto const verdict = check(hasher, password, stored);
            ASSERT_FALSE(verdict.has_value()) << stored;
            EXPECT_EQ(verdict.error(), Error::kBusy);
        }
    }
}

TEST(PasswordHasher, DoesTheSameWorkForEveryKindOfStoredHash) {
    // Otherwise the response time would reveal which users exist, and whose password was imported from Specter.
    PasswordHasher hasher{{.cost = kCheapCost}};
    auto const own = hash(hasher, "correct horse");
    ASSERT_TRUE(own.has_value());
    for (auto const& stored : {std::string{}, std::string{"no hash at all"}, *own, crypto::specter_hash(kSpecterSalt, kSpecterHash)}) {
        auto const before = tests::hashing_done();
        ASSERT_TRUE(check(hasher, "wrong", stored).has_value());
        auto const after = tests::hashing_done();
        EXPECT_EQ(after.argon2 - before.argon2, 1U) << stored;
        EXPECT_EQ(after.pbkdf2 - before.pbkdf2, 1U) << stored;
    }
}

TEST(PasswordHasher, UsesTheGivenCostWhenThereIsNoHash) {
    PasswordHasher hasher{{.cost = kCheapCost}};
    tests::LastCost const cheap{.passes = kCheapCost.passes, .memory = kCheapCost.memory_bytes};
    tests::LastCost const dearer{.passes = kDearerCost.passes, .memory = kDearerCost.memory_bytes};
    for (auto const* stored : {"", "no hash at all"}) {
        EXPECT_FALSE(check(hasher, "wrong", stored, kDearerCost)->is_right);
        EXPECT_EQ(tests::last_cost(), dearer);
        EXPECT_FALSE(check(hasher, "wrong", stored)->is_right);
        EXPECT_EQ(tests::last_cost(), cheap);
    }
    EXPECT_FALSE(check(hasher, "wrong", crypto::specter_hash(kSpecterSalt, kSpecterHash), kDearerCost)->is_right);
    EXPECT_EQ(tests::last_cost(), cheap) << "what an upgrade would cost";
}

TEST(PasswordHasher, ReturnsBusyWhenOutOfMemory) {
    PasswordHasher hasher{{.cost = kCheapCost}};
    PasswordHasher specters{{.cost = kCheapCost, .kind = crypto::HashKind::kSpecterPbkdf2}};
    auto const own = hash(hasher, "correct horse").value();
    auto const imported = crypto::specter_hash(kSpecterSalt, kSpecterHash);
    tests::MemoryIsShort const is_short;
    for (auto const& stored : {own, imported, std::string{}})
        for (auto const* password : {"correct horse", "wrong"}) {
            EXPECT_EQ(error_of(check(hasher, password, stored)), Error::kBusy) << stored;
            EXPECT_EQ(error_of(check(specters, password, stored)), Error::kBusy) << stored;
        }
    EXPECT_EQ(error_of(hash(hasher, "correct horse")), Error::kBusy);
    EXPECT_EQ(error_of(hash(specters, "correct horse")), Error::kBusy);
}

TEST(PasswordHasher, UpgradesASpecterHashOnlyForTheRightPassword) {
    PasswordHasher hasher{{.cost = kCheapCost}};
    auto const stored = crypto::specter_hash(kSpecterSalt, kSpecterHash);
    auto const right = check(hasher, "correct horse", stored);
    ASSERT_TRUE(right.has_value());
    EXPECT_TRUE(right->is_right);
    EXPECT_EQ(crypto::kind_of(right->upgraded_hash), crypto::HashKind::kArgon2id);
    EXPECT_EQ(crypto::matches(crypto::Secret{"correct horse"}, right->upgraded_hash), crypto::Match::kYes);

    auto const wrong = check(hasher, "correct mule", stored);
    ASSERT_TRUE(wrong.has_value());
    EXPECT_FALSE(wrong->is_right);
    EXPECT_EQ(wrong->upgraded_hash, "");
}

TEST(PasswordHasher, UpgradesAHashOfADifferentCostOnlyForTheRightPassword) {
    PasswordHasher hasher{{.cost = kDearerCost}};
    auto const stored = crypto::hash_password(crypto::Secret{"correct horse"}, kCheapCost).value_or("");
    auto const right = check(hasher, "correct horse", stored);
    ASSERT_TRUE(right.has_value());
    EXPECT_TRUE(right->is_right);
    EXPECT_EQ(crypto::matches(crypto::Secret{"correct horse"}, right->upgraded_hash), crypto::Match::kYes);
    EXPECT_FALSE(crypto::needs_rehash(right->upgraded_hash, kDearerCost));

    auto const wrong = check(hasher, "correct mule", stored);
    ASSERT_TRUE(wrong.has_value());
    EXPECT_EQ(wrong->upgraded_hash, "");
}

/// A hasher whose only thread is blocked in the callback of a first job until the test sets `release`.
struct BlockedHasher {
    std::promise<void> release;
    std::promise<void> held;
    std::unique_ptr<PasswordHasher> hasher;

    explicit BlockedHasher(std::size_t queue)
        : hasher{std::make_unique<PasswordHasher>(PasswordHasher::Settings{.cost = kCheapCost, .workers = 1, .queue = queue})} {
        hasher->hash(crypto::Secret{"x"}, {}, [this, go = release.get_future()](auto const&) mutable {
            held.set_value();
            go.wait();
        });
        held.get_future().wait();
    }
};

TEST(PasswordHasher, ReturnsBusyImmediatelyWhenTheQueueIsFull) {
    BlockedHasher blocked{2};
    std::vector<std::promise<Result<std::string>>> answers(3);
    for (auto& answer : answers) {
        blocked.hasher->hash(crypto::Secret{"correct horse"}, {}, [&answer](Result<std::string> made) { answer.set_value(std::move(made)); });
    }
    auto const refused = answers[2].get_future().get();  // completes although the thread is blocked
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), Error::kBusy);

    blocked.release.set_value();
    EXPECT_TRUE(answers[0].get_future().get().has_value());
    EXPECT_TRUE(answers[1].get_future().get().has_value());
}

TEST(PasswordHasher, CompletesQueuedJobsOnDestruction) {
    BlockedHasher blocked{2};
    std::promise<Result<std::string>> answer;
    blocked.hasher->hash(crypto::Secret{"correct horse"}, {}, [&answer](Result<std::string> made) { answer.set_value(std::move(made)); });
    auto ending = std::async(std::launch::async, [&blocked] { blocked.hasher.reset(); });
    blocked.release.set_value();
    ending.get();
    // The job is either run or refused, depending on which thread is first, but its callback is called.
    auto const outcome = answer.get_future().get();
    EXPECT_TRUE(outcome.has_value() || outcome.error() == Error::kBusy);
}

TEST(PasswordHasher, FullQueueOfOneAddressMakesRoomForAnotherAddress) {
    BlockedHasher blocked{2};
    std::vector<std::promise<Result<std::string>>> crowd(2);
    for (auto& answer : crowd)
        blocked.hasher->hash(crypto::Secret{"correct horse"}, {.address = {1}},
                             [&answer](Result<std::string> made) { answer.set_value(std::move(made)); });
    std::promise<Result<std::string>> newcomer;
    blocked.hasher->hash(crypto::Secret{"correct horse"}, {.address = {2}},
                         [&newcomer](Result<std::string> made) { newcomer.set_value(std::move(made)); });
    EXPECT_EQ(error_of(crowd[1].get_future().get()), Error::kBusy);
    blocked.release.set_value();
    EXPECT_TRUE(newcomer.get_future().get().has_value());
    EXPECT_TRUE(crowd[0].get_future().get().has_value());
}

}  // namespace
}  // namespace warder::authority
