// SPDX-License-Identifier: MIT
// Verified credentials: for how long they are remembered, and what suspends them.
#include "authority/sign_in/sign_in_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace warder::authority {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using tests::address;
using tests::credentials;
using tests::kCheap;

using SignInVerifiedTest = tests::SignInFixture;

TEST_F(SignInVerifiedTest, RemembersVerifiedCredentialsForFiveMinutes) {
    EXPECT_FALSE(is_verified("alice", "correct horse"));
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse"));
    EXPECT_TRUE(is_verified("ALICE", "correct horse"));
    EXPECT_FALSE(is_verified("alice", "correct mule"));
    EXPECT_FALSE(is_verified("bob", "correct horse"));

    clock_.advance(minutes{5} - seconds{1});
    EXPECT_TRUE(is_verified("alice", "correct horse"));
    clock_.advance(seconds{1});
    EXPECT_FALSE(is_verified("alice", "correct horse"));
}

TEST_F(SignInVerifiedTest, DoesNotRememberWrongCredentials) {
    ASSERT_FALSE(check("alice", "correct mule").has_value());
    EXPECT_FALSE(is_verified("alice", "correct mule"));
}

TEST_F(SignInVerifiedTest, ForgetsCredentialsWhenThePasswordChanges) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    keep(crypto::hash_password(crypto::Secret{"battery staple"}, kCheap).value_or(""));
    EXPECT_FALSE(is_verified("alice", "correct horse"));
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kWrongCredentials);
    EXPECT_TRUE(check("alice", "battery staple").has_value());
}

TEST_F(SignInVerifiedTest, ForgetsCredentialsWhenTheUserIsDeleted) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    directory_.erase(UserId{7});
    EXPECT_FALSE(is_verified("alice", "correct horse"));
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kWrongCredentials);
}

TEST_F(SignInVerifiedTest, ReturnsTheCurrentAdminFlag) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    store_.alice.is_admin = true;
    directory_.put(store_.alice);
    auto const principal = sign_in_.verified(credentials("alice", "correct horse"), address());
    ASSERT_TRUE(principal.has_value());
    EXPECT_TRUE(principal->is_admin);
}

TEST_F(SignInVerifiedTest, CredentialsAreVerifiedOnlyForTheirAddress) {
    ASSERT_TRUE(check("alice", "correct horse", address(1)).has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse", address(1)));
    EXPECT_FALSE(is_verified("alice", "correct horse", address(2)));
    exceed_limit(address(2));
    EXPECT_EQ(error_of(check("alice", "correct horse", address(2))), Error::kThrottled);
    EXPECT_TRUE(check("alice", "correct horse", address(1)).has_value());
}

TEST_F(SignInVerifiedTest, CredentialsAreVerifiedForTheSame64BitNetwork) {
    auto const in_network = [](std::uint8_t network, std::uint8_t host) {
        return ClientAddress::of({0x20, 1, 0xD, 0xB8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host});
    };
    ASSERT_TRUE(check("alice", "correct horse", in_network(1, 1)).has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse", in_network(1, 2)));
    EXPECT_FALSE(is_verified("alice", "correct horse", in_network(2, 1)));
}

TEST_F(SignInVerifiedTest, VerifiedCredentialsBypassTheThrottleButConfirmDoesNot) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit();
    ASSERT_EQ(error_of(check("alice", "wrong")), Error::kThrottled);
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_EQ(error_of(confirm("alice", "correct horse")), Error::kThrottled);
}

TEST_F(SignInVerifiedTest, FiveWrongAttemptsBeyondTheLimitSuspendCredentials) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(check("alice", "correct horse").has_value()) << i;
        EXPECT_EQ(error_of(check("alice", "further " + std::to_string(i))), Error::kThrottled);
    }
    EXPECT_FALSE(is_verified("alice", "correct horse"));
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kThrottled);

    clock_.advance(seconds{60});
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse"));
}

TEST_F(SignInVerifiedTest, CountsEveryKindOfWrongAttemptBeyondTheLimit) {
    constexpr std::string_view kToken = "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl";
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit();
    EXPECT_EQ(error_of(check("alice", kToken)), Error::kThrottled);
    EXPECT_EQ(error_of(check("ALICE", "wrong")), Error::kThrottled);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(error_of(confirm("alice", "wrong")), Error::kThrottled);
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kThrottled);
}

TEST_F(SignInVerifiedTest, AttemptsFromOtherAddressesDoNotSuspendCredentials) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit(address(2));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(error_of(check("alice", "wrong", address(2))), Error::kThrottled);
    EXPECT_TRUE(is_verified("alice", "correct horse"));
}

TEST_F(SignInVerifiedTest, RestoresSuspendedCredentialsWhenTheThrottleAdmitsThem) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    exceed_limit();
    clock_.advance(seconds{50});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(check("alice", "wrong")), Error::kThrottled);
    ASSERT_EQ(error_of(check("alice", "correct horse")), Error::kThrottled);
    clock_.advance(seconds{10});
    block_hashing();  // passes because no hash is needed
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    EXPECT_TRUE(is_verified("alice", "correct horse"));
    unblock_.set_value();
}

TEST_F(SignInVerifiedTest, AllowsFiveComparisonsAfterFailuresOfOtherUsersAtTheAddress) {
    ASSERT_TRUE(check("alice", "correct horse").has_value());
    for (int i = 0; i < 50; ++i) ASSERT_EQ(error_of(check("user" + std::to_string(i), "wrong")), Error::kWrongCredentials);
    EXPECT_TRUE(check("alice", "correct horse").has_value());
    for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(check("alice", "wrong")), Error::kThrottled);
    EXPECT_EQ(error_of(check("alice", "correct horse")), Error::kThrottled);
}

}  // namespace
}  // namespace warder::authority
