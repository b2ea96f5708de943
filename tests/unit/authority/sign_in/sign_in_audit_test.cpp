// SPDX-License-Identifier: MIT
#include "authority/sign_in/sign_in_audit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::authority {
namespace {

using std::chrono::seconds;
using Outcome = SignInAttempt::Outcome;

/// A digest of sign-in attempts, with a clock that the test controls.
class SignInDigestTest : public testing::Test {
  protected:
    static SignInAttempt failed(std::string user, std::string address = "192.0.2.1") {
        return {.outcome = Outcome::kFailed, .user = std::move(user), .address = std::move(address)};
    }
    std::optional<SignInAttempts> add(SignInAttempt attempt) { return digest_.add(std::move(attempt), Instant{seconds{at_}}, now()); }
    [[nodiscard]] SignInDigest::TimePoint now() const { return SignInDigest::TimePoint{seconds{at_}}; }
    std::int64_t take_due() { return sum(digest_.take_due(now())); }
    std::int64_t take_all() { return sum(digest_.take_all()); }
    static std::int64_t sum(std::vector<SignInAttempts> const& all) {
        std::int64_t count = 0;
        for (auto const& one : all) count += one.count;
        return count;
    }

    SignInDigest digest_;
    std::int64_t at_ = 1000;
};

TEST_F(SignInDigestTest, WritesTheFirstAttemptAtOnceAndSumsUpTheRestOfTheMinute) {
    auto const first = add(failed("alice"));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->count, 1);
    for (int i = 0; i < 10; ++i) {
        ++at_;
        EXPECT_FALSE(add(failed("alice")));
    }
    EXPECT_TRUE(digest_.take_due(now()).empty());
    at_ = 1060;
    auto const rest = digest_.take_due(now());
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].count, 10);
    EXPECT_EQ(rest[0].last_at, Instant{seconds{1010}});
    EXPECT_EQ(to_event(rest[0]).target, "alice (10 times)");
    EXPECT_TRUE(add(failed("alice"))) << "another minute";
}

TEST_F(SignInDigestTest, AddsPendingAttemptsToTheFirstOfTheNextMinute) {
    add(failed("alice"));
    EXPECT_FALSE(add(failed("alice")));
    at_ = 1061;
    auto const next = add(failed("alice"));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->count, 2);
    EXPECT_EQ(take_all(), 0);
}

TEST_F(SignInDigestTest, CountsPerOutcomeUserAndAddress) {
    EXPECT_TRUE(add(failed("alice")));
    EXPECT_TRUE(add(failed("bob")));
    EXPECT_TRUE(add(failed("alice", "192.0.2.2")));
    EXPECT_TRUE(add({.outcome = Outcome::kThrottled, .user = "alice", .address = "192.0.2.1"}));
    EXPECT_TRUE(add({.outcome = Outcome::kFailed, .user = {}, .address = "192.0.2.1"}));
    EXPECT_FALSE(add(failed("alice")));
}

TEST_F(SignInDigestTest, SumsUpFurtherFailuresAsOthersWhenFull) {
    std::size_t written = 0;
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 1000; ++i) written += add(failed("alice", std::to_string(i))) ? 1U : 0U;
    EXPECT_EQ(written, SignInDigest::kMostApart + 1);
    auto const rest = digest_.take_all();
    EXPECT_EQ(rest.size(), SignInDigest::kMostApart + 1);
    EXPECT_EQ(static_cast<std::int64_t>(written) + sum(rest), 3000) << "each is counted";
    EXPECT_EQ(to_event(rest.front()).target, "others (2903 times)");
    EXPECT_EQ(to_event(rest.front()).address, std::nullopt);
}

TEST_F(SignInDigestTest, WritesASuccessImmediatelyWhenFull) {
    for (int i = 0; i < 100; ++i) add(failed("alice", std::to_string(i)));
    for (int i = 0; i < 2; ++i) {
        auto const good = add({.outcome = Outcome::kSucceeded, .user = "alice", .address = "6.6.6.6"});
        ASSERT_TRUE(good);
        EXPECT_EQ(
            to_event(*good),
            (AuditEvent{.time = Instant{seconds{1000}}, .actor = "alice", .address = "6.6.6.6", .action = "sign_in.succeeded", .target = "alice"}));
    }
    at_ = 1060;
    take_due();
    EXPECT_TRUE(add(failed("bob", "192.0.2.9"))) << "there is room again";
}

TEST_F(SignInDigestTest, SumsUpMoreThanSixtySuccessesAMinuteOfOneUser) {
    auto const succeeded = [](std::string user, int address) {
        return SignInAttempt{.outcome = Outcome::kSucceeded, .user = std::move(user), .address = std::to_string(address)};
    };
    std::size_t written = 0;
    for (int address = 0; address < 200; ++address) written += add(succeeded("alice", address)) ? 1U : 0U;
    EXPECT_EQ(written, SignInDigest::kSuccessesApart + 1);
    EXPECT_TRUE(add(succeeded("bob", 1)));
    at_ = 1060;
    auto const rest = digest_.take_due(now());
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(to_event(rest[0]).target, "alice (139 times)");
    EXPECT_EQ(to_event(rest[0]).address, std::nullopt);
    EXPECT_EQ(to_event(*add(succeeded("alice", 7))).address, "7") << "another minute";
}

TEST_F(SignInDigestTest, KeepsAttemptsThatCouldNotBeWrittenWithinBounds) {
    auto const first = add(failed("alice")).value();
    digest_.put_back(first, now());
    EXPECT_EQ(take_due(), 1);
    for (int i = 0; i < 1000; ++i) digest_.put_back({.attempt = failed("alice", std::to_string(i)), .last_at = {}, .count = 1}, now());
    EXPECT_EQ(digest_.take_all().size(), SignInDigest::kMostApart + 1);
}

}  // namespace
}  // namespace warder::authority
