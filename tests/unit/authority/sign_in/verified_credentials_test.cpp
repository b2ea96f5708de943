// SPDX-License-Identifier: MIT
#include "authority/sign_in/verified_credentials.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace warder::authority {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Match = VerifiedCredentials::Match;

constexpr UserId kAlice{1};
constexpr UserId kBob{2};

IpAddress client_address(std::uint8_t last) { return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last}; }
VerifiedCredentials::Mac mac(std::uint8_t first) { return {first}; }

class VerifiedCredentialsTest : public testing::Test {
  protected:
    Match match(UserId user, std::uint8_t last, std::uint8_t first) const { return verified_.match(user, client_address(last), mac(first), now_); }
    void remember(UserId user, std::uint8_t last, std::uint8_t first) { verified_.remember(user, client_address(last), mac(first), now_); }

    VerifiedCredentials::TimePoint now_{};
    VerifiedCredentials verified_{42, 4};
};

TEST_F(VerifiedCredentialsTest, MatchOnlyTheirUserAddressAndMac) {
    remember(kAlice, 1, 7);
    EXPECT_EQ(match(kAlice, 1, 7), Match::kVerified);
    EXPECT_EQ(match(kAlice, 1, 8), Match::kNone);
    EXPECT_EQ(match(kAlice, 2, 7), Match::kNone);
    EXPECT_EQ(match(kBob, 1, 7), Match::kNone);
}

TEST_F(VerifiedCredentialsTest, NewCredentialsReplaceOldOnesOfTheSameUserAndAddress) {
    remember(kAlice, 1, 7);
    remember(kAlice, 1, 8);
    EXPECT_EQ(match(kAlice, 1, 7), Match::kNone);
    EXPECT_EQ(match(kAlice, 1, 8), Match::kVerified);
    EXPECT_EQ(verified_.size(), 1U);
}

TEST_F(VerifiedCredentialsTest, ExpireAfterFiveMinutes) {
    remember(kAlice, 1, 7);
    now_ += minutes{5} - seconds{1};
    EXPECT_EQ(match(kAlice, 1, 7), Match::kVerified);
    now_ += seconds{1};
    EXPECT_EQ(match(kAlice, 1, 7), Match::kNone);
    EXPECT_FALSE(verified_.contains(kAlice, client_address(1), now_));
    remember(kBob, 1, 7);
    EXPECT_EQ(verified_.size(), 1U) << "expired entries are removed";
}

TEST_F(VerifiedCredentialsTest, FullTableEvictsEntriesOfTheUserWithTheMostAddresses) {
    remember(kBob, 1, 7);
    for (std::uint8_t last = 1; last <= 100; ++last) remember(kAlice, last, 7);
    EXPECT_EQ(verified_.size(), 4U);
    EXPECT_EQ(match(kBob, 1, 7), Match::kVerified);
    EXPECT_EQ(match(kAlice, 97, 7), Match::kNone);
    for (std::uint8_t last = 98; last <= 100; ++last) EXPECT_EQ(match(kAlice, last, 7), Match::kVerified);
}

TEST_F(VerifiedCredentialsTest, FullTableEvictsTheOldestEntryOfUsersWithOneEach) {
    for (std::uint8_t user = 1; user <= 5; ++user) remember(UserId{user}, 1, 7);
    EXPECT_EQ(match(UserId{1}, 1, 7), Match::kNone);
    for (std::uint8_t user = 2; user <= 5; ++user) EXPECT_EQ(match(UserId{user}, 1, 7), Match::kVerified);
}

TEST_F(VerifiedCredentialsTest, FiveWrongAttemptsWithinAMinuteSuspendTheEntry) {
    remember(kAlice, 1, 7);
    remember(kAlice, 2, 7);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(match(kAlice, 1, 7), Match::kVerified);
        verified_.count_wrong(kAlice, client_address(1), now_);
        now_ += seconds{10};
    }
    EXPECT_EQ(match(kAlice, 1, 7), Match::kSuspended);
    EXPECT_EQ(match(kAlice, 1, 8), Match::kNone);
    EXPECT_EQ(match(kAlice, 2, 7), Match::kVerified);
    now_ += seconds{10};
    EXPECT_EQ(match(kAlice, 1, 7), Match::kVerified) << "the first was a minute ago";
    verified_.count_wrong(kAlice, client_address(1), now_);
    EXPECT_EQ(match(kAlice, 1, 7), Match::kSuspended) << "again five within a minute";
}

TEST_F(VerifiedCredentialsTest, WrongAttemptsOverMoreThanAMinuteDoNotSuspend) {
    remember(kAlice, 1, 7);
    for (int i = 0; i < 20; ++i) {
        verified_.count_wrong(kAlice, client_address(1), now_);
        EXPECT_EQ(match(kAlice, 1, 7), Match::kVerified);
        now_ += seconds{15};
        if (i % 10 == 9) remember(kAlice, 1, 7);
    }
}

TEST_F(VerifiedCredentialsTest, RememberingAgainDoesNotResetWrongAttempts) {
    remember(kAlice, 1, 7);
    for (int i = 0; i < 4; ++i) verified_.count_wrong(kAlice, client_address(1), now_);
    remember(kAlice, 1, 7);
    verified_.count_wrong(kAlice, client_address(1), now_);
    EXPECT_EQ(match(kAlice, 1, 7), Match::kSuspended);
}

TEST_F(VerifiedCredentialsTest, ResumeEndsASuspension) {
    remember(kAlice, 1, 7);
    for (int i = 0; i < 5; ++i) verified_.count_wrong(kAlice, client_address(1), now_);
    verified_.resume(kAlice, client_address(1));
    EXPECT_EQ(match(kAlice, 1, 7), Match::kVerified);
}

TEST_F(VerifiedCredentialsTest, WrongAttemptsWithoutAnEntryAreNotStored) {
    verified_.count_wrong(kAlice, client_address(1), now_);
    verified_.resume(kAlice, client_address(1));
    EXPECT_EQ(verified_.size(), 0U);
}

}  // namespace
}  // namespace warder::authority
