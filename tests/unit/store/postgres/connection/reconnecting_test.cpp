// SPDX-License-Identifier: MIT
#include "store/postgres/connection/reconnecting.hpp"

#include "store/postgres/location.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace warder::tests {
namespace {

using store::postgres::Reconnecting;
using namespace std::chrono_literals;

constexpr char const* kNowhere = "postgresql:///db?host=/none";

TEST(PostgresReconnecting, ConnectsOnFirstUse) {
    PostgresTestLocation const location;
    Reconnecting connection{location.url(), nullptr};
    EXPECT_EQ(connection.current(), nullptr);
    EXPECT_EQ(connection.generation(), 0);
    auto* const opened = connection.get();
    ASSERT_NE(opened, nullptr);
    EXPECT_TRUE(opened->query("SELECT 1"));
    EXPECT_EQ(connection.current(), opened);
    EXPECT_EQ(connection.get(), opened);
    EXPECT_EQ(connection.generation(), 1);
}

TEST(PostgresReconnecting, UsesTheConnectionThatItWasGiven) {
    PostgresTestLocation const location;
    auto open = location.connect();
    auto const* const given = open.get();
    Reconnecting connection{kNowhere, std::move(open)};
    EXPECT_EQ(connection.get(), given);
    EXPECT_EQ(connection.generation(), 0);
}

TEST(PostgresReconnecting, OpensAnotherConnectionAfterALoss) {
    PostgresTestLocation const location;
    Reconnecting connection{location.url(), location.connect()};
    connection.get()->give_up();
    EXPECT_EQ(connection.current(), nullptr);
    EXPECT_FALSE(connection.get_open().is_usable());
    auto* const next = connection.get();
    ASSERT_NE(next, nullptr);
    EXPECT_TRUE(next->query("SELECT 1"));
    EXPECT_EQ(connection.generation(), 1);
}

TEST(PostgresReconnecting, FailureTellsWhy) {
    Reconnecting connection{kNowhere, nullptr};
    EXPECT_EQ(connection.get(), nullptr);
    EXPECT_NE(connection.error().message, "");
    EXPECT_TRUE(connection.error().is_away());
}

TEST(PostgresReconnecting, AwaitFailsNoSoonerThanTheDeadline) {
    Reconnecting connection{kNowhere, nullptr};
    auto const deadline = Reconnecting::Clock::now() + 120ms;
    EXPECT_EQ(connection.await(deadline), nullptr);
    EXPECT_GE(Reconnecting::Clock::now(), deadline);
}

TEST(PostgresReconnecting, AwaitReturnsOnceTheServerIsBack) {
    PostgresServer server;
    PostgresTestLocation const location{server};
    Reconnecting connection{location.url(), location.connect()};
    server.kill();
    EXPECT_FALSE(connection.get()->query("SELECT 1"));
    EXPECT_EQ(connection.get(), nullptr);
    std::jthread const restart{[&] { server.start(); }};
    auto* const again = connection.await(Reconnecting::Clock::now() + 60s);
    ASSERT_NE(again, nullptr);
    EXPECT_TRUE(again->query("SELECT 1"));
}

}  // namespace
}  // namespace warder::tests
