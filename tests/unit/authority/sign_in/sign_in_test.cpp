// SPDX-License-Identifier: MIT
#include "authority/sign_in/sign_in_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::authority {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using tests::address;
using tests::credentials;
using tests::kCheap;
using tests::kSalt;

constexpr std::string_view kSpecterOfAdmin = "aBLch05RC9xQUJjNE8yeXAaQ207T1NghGYrDYm368Kw=";
constexpr std::string_view kSpecterOfPassword = "67R1Bg8k0UkzRgNx9mJQd0DGhwDsPO1MQSrbGnxnYgE=";
constexpr std::string_view kSpecterOfAlice = "Q2xaH6PNBHg/PO6wriw+TElNX4EjH7ndPoE9S/GgqgI=";

using SignInTest = tests::SignInFixture;

TEST_F(SignInTest, ReturnsTheStoredSpellingAndAdminFlagForTheRightPassword) {
    store_.alice.is_admin = true;
    directory_.put(store_.alice);
    auto const principal = check("aLICE", "correct horse");
    ASSERT_TRUE(principal.has_value());
    EXPECT_EQ(principal->id, UserId{7});
    EXPECT_EQ(principal->name, "Alice");
    EXPECT_TRUE(principal->is_admin);
    EXPECT_FALSE(principal->is_operator);
    EXPECT_EQ(store_.writes, 0);
}

TEST_F(SignInTest, RejectsWrongPasswordsAndUnknownOrInvalidNamesAlike) {
    EXPECT_EQ(error_of(check("alice", "correct mule")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("alice", "")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("bob", "correct horse")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("", "correct horse")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check(std::string(65, 'a'), "correct horse")), Error::kWrongCredentials);
    EXPECT_EQ(error_of(check("no such\nname", "correct horse")), Error::kWrongCredentials);
}

TEST_F(SignInTest, ThrottlesEvenTheRightPasswordAfterFiveWrongOnes) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(check("alice", "wrong " + std::to_string(i))), Error::kWrongCredentials);
    auto const refused = check("alice", "correct horse");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().error, Error::kThrottled);
    EXPECT_EQ(refused.error().retry_after, seconds{60});
    EXPECT_TRUE(check("alice", "correct horse", address(2)).has_value());

    clock_.advance(seconds{60});
    EXPECT_TRUE(check("alice", "correct horse").has_value());
}

TEST_F(SignInTest, AuditsTheFirstSignInFromEachAddress) {
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(check("alice", "correct horse", address(1)).has_value());
        ASSERT_TRUE(check("alice", "correct horse", address(2)).has_value());
    }
    EXPECT_EQ(actions(), (std::vector<std::string>{"sign_in.succeeded 192.0.2.1", "sign_in.succeeded 192.0.2.2"}));
    clock_.advance(minutes{5});
    ASSERT_TRUE(check("alice", "correct horse", address(1)).has_value());
    EXPECT_EQ(actions().size(), 3U);
}

TEST_F(SignInTest, NotesTheLastSignInWithItsEvent) {
    auto const start = std::chrono::floor<seconds>(clock_.now());
    static_cast<void>(check("alice", "wrong"));
    EXPECT_EQ(store_.alice.last_sign_in_at, std::nullopt);
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    clock_.advance(minutes{4});
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(store_.alice.last_sign_in_at, start) << "from the cache";
    clock_.advance(minutes{1});
    store_.is_full = true;
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(store_.alice.last_sign_in_at, start);
    store_.is_full = false;
    sign_in_.audit().write_due();
    EXPECT_EQ(store_.alice.last_sign_in_at, start + minutes{5});
}

TEST_F(SignInTest, AuditsAConfirmationOnlyWithoutARecentSignIn) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    ASSERT_TRUE(confirm("alice", "correct horse").has_value());
    clock_.advance(minutes{2});
    sign_in_.audit().write_due();
    EXPECT_EQ(store_.events.size(), 1U);
    ASSERT_TRUE(confirm("alice", "correct horse", address(2)).has_value());
    EXPECT_EQ(actions().back(), "sign_in.succeeded 192.0.2.2");
}

TEST_F(SignInTest, RejectsATokenAsPasswordWithoutHashingButCountsIt) {
    constexpr std::string_view kToken = "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl";
    keep(crypto::hash_password(crypto::Secret{kToken}, kCheap).value_or(""));  // as from an import
    block_hashing();
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(error_of(check("alice", kToken)), Error::kWrongCredentials);  // completes although the hashing thread is blocked
    EXPECT_EQ(error_of(check("alice", kToken)), Error::kThrottled);
    unblock_.set_value();
}

TEST_F(SignInTest, RejectsSpectersDefaultPasswords) {
    for (auto const& [password, hash] : {std::pair{"admin", kSpecterOfAdmin}, {"password", kSpecterOfPassword}, {"aLiCe", kSpecterOfAlice}}) {
        keep(crypto::specter_hash(kSalt, hash));
        ASSERT_EQ(crypto::matches(crypto::Secret{password}, store_.alice.password_hash), crypto::Match::kYes);
        EXPECT_EQ(error_of(check("alice", password)), Error::kWrongCredentials);
        EXPECT_FALSE(is_verified("alice", password));
    }
    EXPECT_EQ(store_.writes, 0);
}

TEST_F(SignInTest, AuditsSignInsThatAreNotFromTheCache) {
    ASSERT_TRUE(check("aLICE", "correct horse").has_value());
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    static_cast<void>(check("alice", "wrong"));
    static_cast<void>(check("correct horse", "alice"));
    auto const time = std::chrono::floor<seconds>(clock_.now());
    EXPECT_EQ(store_.events, (std::vector<AuditEvent>{
                                 {.time = time, .actor = "Alice", .address = "192.0.2.1", .action = "sign_in.succeeded", .target = "Alice"},
                                 {.time = time, .actor = "Alice", .address = "192.0.2.1", .action = "sign_in.failed", .target = "Alice"},
                                 {.time = time, .actor = std::nullopt, .address = "192.0.2.1", .action = "sign_in.failed", .target = "unknown user"},
                             }));
}

TEST_F(SignInTest, SumsUpManyFailuresInAFewEvents) {
    for (int attempt = 0; attempt < 200; ++attempt) static_cast<void>(check("alice", "wrong", address(9)));
    ASSERT_EQ(store_.events.size(), 2U);
    EXPECT_EQ(store_.events[0].action, "sign_in.failed");
    EXPECT_EQ(store_.events[1].action, "sign_in.throttled");
    clock_.advance(minutes{1});
    sign_in_.audit().write_due();
    ASSERT_EQ(store_.events.size(), 4U);
    EXPECT_EQ(store_.events[2].target, "Alice (4 times)");
    EXPECT_EQ(store_.events[3].target, "Alice (194 times)");
}

TEST_F(SignInTest, SucceedsWhenTheAuditLogCannotBeWritten) {
    store_.is_full = true;
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(failures_, 1);
    static_cast<void>(check("alice", "wrong"));
    EXPECT_EQ(failures_, 1) << "logged once";
    store_.is_full = false;
    sign_in_.audit().write_due();
    EXPECT_EQ(store_.events.size(), 2U) << "nothing is lost";
    store_.is_full = true;
    static_cast<void>(check("nobody", "wrong"));
    EXPECT_EQ(failures_, 1) << "an almost full disk, which accepts some events, is logged once a minute";
    clock_.advance(minutes{1});
    sign_in_.audit().write_due();
    EXPECT_EQ(failures_, 2) << "once a minute";
}

TEST_F(SignInTest, AcceptsDefaultPasswordsThatWereSetInWarder) {
    keep(crypto::hash_password(crypto::Secret{"password"}, kCheap).value_or(""));
    EXPECT_TRUE(check("alice", "password").has_value());
}

TEST_F(SignInTest, ConfirmHashesAndCountsEvenVerifiedCredentials) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    block_hashing();
    std::promise<Outcome> promise;
    auto outcome = promise.get_future();
    sign_in_.confirm(credentials("alice", "correct horse"), address(), [&promise](Outcome result) { promise.set_value(std::move(result)); });
    EXPECT_EQ(outcome.wait_for(seconds{0}), std::future_status::timeout);
    unblock_.set_value();
    EXPECT_TRUE(outcome.get().has_value());
    for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(confirm("alice", "wrong " + std::to_string(i))), Error::kWrongCredentials);
    EXPECT_EQ(error_of(confirm("alice", "wrong")), Error::kThrottled);
}

}  // namespace
}  // namespace warder::authority
