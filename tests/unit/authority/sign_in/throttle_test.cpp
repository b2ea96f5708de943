// SPDX-License-Identifier: MIT
#include "authority/sign_in/throttle.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::authority {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ClientAddress ipv4(std::uint8_t last) { return ClientAddress::of({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last}); }

ClientAddress ipv6(std::uint8_t network, std::uint8_t host) {
    return ClientAddress::of({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host});
}

class ThrottleTest : public testing::Test {
  protected:
    bool try_wrong(std::string_view name, ClientAddress const& address) {
        auto ticket = throttle_.admit(name, address);
        if (ticket) ticket->resolve(false);
        return ticket.has_value();
    }
    bool try_right(std::string_view name, ClientAddress const& address) {
        auto ticket = throttle_.admit(name, address);
        if (ticket) ticket->resolve(true);
        return ticket.has_value();
    }

    warder::tests::ManualClock clock_;
    warder::tests::CountingRandom random_;
    Throttle throttle_{clock_, random_};
};

TEST(ClientAddress, ComparesIpv6By64BitNetworkAndIpv4ByAddress) {
    EXPECT_EQ(ipv6(1, 1), ipv6(1, 2));
    EXPECT_NE(ipv6(1, 1), ipv6(2, 1));
    EXPECT_NE(ipv4(1), ipv4(2));
}

TEST_F(ThrottleTest, DeniesTheSixthAttemptAfterFiveFailuresOfAUserAndAddress) {
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(try_wrong("alice", ipv4(1))) << i;
    auto const refused = throttle_.admit("alice", ipv4(1));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), seconds{60});
}

TEST_F(ThrottleTest, IgnoresTheCaseOfNames) {
    for (auto const* name : {"alice", "Alice", "ALICE", "aLice", "alicE"}) EXPECT_TRUE(try_wrong(name, ipv4(1)));
    EXPECT_FALSE(try_wrong("alIce", ipv4(1)));
}

TEST_F(ThrottleTest, AdmitsOtherUsersAndAddresses) {
    for (int i = 0; i < 5; ++i) try_wrong("alice", ipv4(1));
    EXPECT_TRUE(try_wrong("bob", ipv4(1)));
    EXPECT_TRUE(try_wrong("alice", ipv4(2)));
    EXPECT_TRUE(try_wrong("", ipv4(1)));
}

TEST_F(ThrottleTest, DeniesAnAddressAfterFiftyFailuresOfAnyUsers) {
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(try_wrong("user" + std::to_string(i), ipv6(1, static_cast<std::uint8_t>(i)))) << i;
    EXPECT_FALSE(try_wrong("another", ipv6(1, 99)));
    EXPECT_TRUE(try_wrong("another", ipv6(2, 99)));
}

TEST_F(ThrottleTest, SlidesTheWindowAndReportsTheRemainingWait) {
    try_wrong("alice", ipv4(1));
    clock_.advance(seconds{20});
    for (int i = 0; i < 4; ++i) try_wrong("alice", ipv4(1));

    clock_.advance(milliseconds{39'500});
    auto const refused = throttle_.admit("alice", ipv4(1));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), seconds{1});  // half a second, rounded up

    clock_.advance(milliseconds{500});
    EXPECT_TRUE(try_wrong("alice", ipv4(1)));
    auto const again = throttle_.admit("alice", ipv4(1));
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error(), seconds{20});  // when the four failures of second 20 expire

    clock_.advance(seconds{20});
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(try_wrong("alice", ipv4(1))) << i;
    EXPECT_FALSE(try_wrong("alice", ipv4(1)));
}

TEST_F(ThrottleTest, DeniedAttemptsDoNotProlongTheWait) {
    for (int i = 0; i < 5; ++i) try_wrong("alice", ipv4(1));
    for (int i = 0; i < 59; ++i) {
        clock_.advance(seconds{1});
        EXPECT_FALSE(try_right("alice", ipv4(1)));
    }
    clock_.advance(seconds{1});
    EXPECT_TRUE(try_right("alice", ipv4(1)));
}

TEST_F(ThrottleTest, CountsAttemptsInFlightAsFailures) {
    std::vector<Throttle::Ticket> tickets;
    for (int i = 0; i < 5; ++i) {
        auto ticket = throttle_.admit("alice", ipv4(1));
        ASSERT_TRUE(ticket.has_value());
        tickets.push_back(std::move(*ticket));
    }
    auto const refused = throttle_.admit("alice", ipv4(1));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), seconds{1});

    tickets.back().resolve(true);
    EXPECT_TRUE(try_wrong("alice", ipv4(1)));
    EXPECT_FALSE(try_wrong("alice", ipv4(1)));
}

TEST_F(ThrottleTest, CountsAnAttemptInFlightBeyondTheWindow) {
    auto ticket = throttle_.admit("alice", ipv4(1));
    ASSERT_TRUE(ticket.has_value());
    clock_.advance(seconds{120});
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(try_wrong("alice", ipv4(1)));
    EXPECT_FALSE(try_wrong("alice", ipv4(1)));
    ticket->resolve(true);
    EXPECT_TRUE(try_wrong("alice", ipv4(1)));
}

TEST_F(ThrottleTest, DoesNotCountATicketThatIsDestroyedUnresolved) {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(throttle_.admit("alice", ipv4(1)).has_value());
}

TEST_F(ThrottleTest, CountsAMovedTicketOnce) {
    auto admitted = throttle_.admit("alice", ipv4(1));
    ASSERT_TRUE(admitted.has_value());
    Throttle::Ticket ticket{std::move(*admitted)};
    auto other = throttle_.admit("bob", ipv4(1));
    ASSERT_TRUE(other.has_value());
    *other = std::move(ticket);
    other->resolve(false);
    other->resolve(false);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(try_wrong("alice", ipv4(1))) << i;
    EXPECT_FALSE(try_wrong("alice", ipv4(1)));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(try_wrong("bob", ipv4(1))) << i;
}

TEST_F(ThrottleTest, SuccessDoesNotForgiveFailures) {
    for (int i = 0; i < 4; ++i) try_wrong("alice", ipv4(1));
    EXPECT_TRUE(try_right("alice", ipv4(1)));
    EXPECT_TRUE(try_wrong("alice", ipv4(1)));
    EXPECT_FALSE(try_wrong("alice", ipv4(1)));
}

BadAttempts::Key key(std::uint8_t number) {
    BadAttempts::Key bytes{};
    bytes[0] = number;
    return bytes;
}

class BadAttemptsTest : public testing::Test {
  protected:
    void fail(std::uint8_t number, BadAttempts::TimePoint at) {
        attempts_.begin(key(number), at);
        attempts_.end(key(number), at, true);
    }
    BadAttempts attempts_{2, 3};
    BadAttempts::TimePoint start_{seconds{1000}};
};

TEST_F(BadAttemptsTest, EvictsTheLeastRecentlyUsedCounterWhenFull) {
    for (std::uint8_t i = 1; i <= 4; ++i) {
        EXPECT_FALSE(attempts_.retry_after(key(i), start_).has_value());
        fail(i, start_);
    }
    EXPECT_EQ(attempts_.size(), 3U);
    fail(2, start_);
    fail(4, start_);
    EXPECT_TRUE(attempts_.retry_after(key(2), start_).has_value());
    EXPECT_TRUE(attempts_.retry_after(key(4), start_).has_value());
    fail(1, start_);
    EXPECT_FALSE(attempts_.retry_after(key(1), start_).has_value());  // its first failure was forgotten
}

TEST_F(BadAttemptsTest, NeverEvictsACounterThatDeniesOrIsInFlight) {
    fail(1, start_);
    fail(1, start_);
    attempts_.begin(key(2), start_);
    for (std::uint8_t i = 3; i <= 10; ++i) fail(i, start_);
    EXPECT_EQ(attempts_.size(), 3U);
    EXPECT_TRUE(attempts_.retry_after(key(1), start_).has_value());
    attempts_.begin(key(2), start_);
    EXPECT_TRUE(attempts_.retry_after(key(2), start_).has_value());
}

TEST_F(BadAttemptsTest, DeniesNewKeysWhenEveryCounterDenies) {
    for (std::uint8_t i = 1; i <= 3; ++i) {
        fail(i, start_);
        fail(i, start_);
    }
    auto const wait = attempts_.retry_after(key(4), start_ + seconds{10});
    ASSERT_TRUE(wait.has_value());
    EXPECT_EQ(*wait, seconds{50});
    EXPECT_FALSE(attempts_.retry_after(key(4), start_ + seconds{60}).has_value());
}

TEST_F(BadAttemptsTest, RemovesCountersWithoutRecentFailures) {
    attempts_.begin(key(1), start_);
    attempts_.end(key(1), start_, false);
    EXPECT_EQ(attempts_.size(), 0U);
    fail(2, start_);
    fail(3, start_);
    fail(3, start_);
    EXPECT_EQ(attempts_.size(), 2U);
    EXPECT_FALSE(attempts_.retry_after(key(9), start_ + seconds{60}).has_value());
    EXPECT_EQ(attempts_.size(), 0U);
}

TEST_F(ThrottleTest, TicketReportsRecentFailuresOfItsAddress) {
    EXPECT_FALSE(throttle_.admit("alice", ipv4(1))->has_failed_lately());
    try_right("alice", ipv4(1));
    EXPECT_FALSE(throttle_.admit("alice", ipv4(1))->has_failed_lately());
    try_wrong("alice", ipv4(1));
    EXPECT_TRUE(throttle_.admit("bob", ipv4(1))->has_failed_lately());
    EXPECT_FALSE(throttle_.admit("alice", ipv4(2))->has_failed_lately());
    clock_.advance(seconds{60});
    EXPECT_FALSE(throttle_.admit("alice", ipv4(1))->has_failed_lately());
}

}  // namespace
}  // namespace warder::authority
