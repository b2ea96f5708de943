// SPDX-License-Identifier: MIT
#include "gateway/upstream/bound_connections.hpp"

#include "fakes.hpp"
#include "gateway/routes/upstream_url.hpp"
#include "net/loopback.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <poll.h>
#include <string>
#include <utility>
#include <vector>

namespace warder::gateway {
namespace {

constexpr IpAddress kHome{1, 2, 3};
constexpr IpAddress kAway{1, 2, 4};
constexpr ConnectionUser kAlice{.user = "alice", .token_id = "T1", .address = kHome};

class BoundConnectionsTest : public net::tests::Loopback {
  protected:
    /// Returns the routes `/0` to `/5`.
    std::shared_ptr<RouteSet const> make_routes() {
        std::vector<RouteSettings> settings;
        for (int i = 0; i < 6; ++i) {
            auto& route = settings.emplace_back();
            route.prefix = "/" + std::to_string(i);
            route.upstream = read_upstream_url("http://127.0.0.1:1").value();
        }
        return RouteSet::make(std::move(settings), clock_).value();
    }
    static RouteSettings const& route(RouteSet const& routes, std::size_t number) { return routes.table().routes()[number]; }
    [[nodiscard]] RouteSettings const& route(std::size_t number) const { return route(*routes_, number); }

    /// Stores a new connection. @return its upstream end.
    net::Socket& put(std::size_t number, ConnectionUser const& user = kAlice) {
        auto [near, far] = connect();
        connections_.put(std::make_unique<UpstreamConnection>(std::move(near), nullptr), routes_, route(number), user);
        return *upstreams_.emplace_back(std::make_unique<net::Socket>(std::move(far)));
    }
    std::unique_ptr<UpstreamConnection> take(std::size_t number, ConnectionUser const& user = kAlice) {
        return connections_.take(*routes_, route(number), user);
    }
    /// Returns whether the gateway has closed its end.
    static bool is_closed(net::Socket& upstream) {
        ::pollfd ready{.fd = upstream.native_handle(), .events = POLLIN, .revents = 0};
        return ::poll(&ready, 1, 5'000) == 1 && receive(upstream, 1).empty();
    }

    warder::tests::ManualClock clock_;
    std::shared_ptr<RouteSet const> routes_ = make_routes();
    std::vector<std::unique_ptr<net::Socket>> upstreams_;
    BoundConnections connections_;
};

TEST_F(BoundConnectionsTest, ReturnsAConnectionToItsRouteAndUserOnce) {
    put(0);
    EXPECT_EQ(take(1), nullptr);
    auto const connection = take(0);
    ASSERT_NE(connection, nullptr);
    EXPECT_TRUE(connection->is_used()) << "the upstream may have closed it since";
    EXPECT_EQ(take(0), nullptr);
}

TEST_F(BoundConnectionsTest, ClosesAConnectionRequestedByAnotherUserTokenOrAddress) {
    for (auto const& other : std::to_array<ConnectionUser>({
             {.user = "bob", .token_id = "T1", .address = kHome},
             {.user = "alice", .token_id = "T2", .address = kHome},
             {.user = "alice", .token_id = "", .address = kHome},
             {.user = "alice", .token_id = "T1", .address = kAway},
             {.user = "", .token_id = "", .address = kHome},
         })) {
        auto& upstream = put(0);
        EXPECT_EQ(take(0, other), nullptr);
        EXPECT_TRUE(is_closed(upstream));
        EXPECT_EQ(take(0), nullptr) << "the first user doesn't get it back either";
    }
}

TEST_F(BoundConnectionsTest, CopiesTheNamesOfTheUser) {
    {
        std::string const user = "a-name-that-is-too-long-for-any-small-string", token_id = "an-id-that-is-too-long-for-any-small-string";
        put(0, {.user = user, .token_id = token_id, .address = kHome});
    }
    EXPECT_NE(
        take(0,
             {.user = "a-name-that-is-too-long-for-any-small-string", .token_id = "an-id-that-is-too-long-for-any-small-string", .address = kHome}),
        nullptr);
}

TEST_F(BoundConnectionsTest, ClosesTheOldConnectionOfARouteForANewOne) {
    auto& old = put(0);
    auto& next = put(0);
    EXPECT_TRUE(is_closed(old));
    EXPECT_NE(take(0), nullptr);
    EXPECT_TRUE(is_closed(next)) << "taken, and dropped by the test";
    EXPECT_EQ(take(0), nullptr);
}

TEST_F(BoundConnectionsTest, ClosesTheOldestConnectionBeyondTheLimit) {
    for (std::size_t i = 0; i <= BoundConnections::kMax; ++i) put(i);
    EXPECT_TRUE(is_closed(*upstreams_.front()));
    EXPECT_EQ(take(0), nullptr);
    for (std::size_t i = 1; i <= BoundConnections::kMax; ++i) EXPECT_NE(take(i), nullptr) << i;
}

TEST_F(BoundConnectionsTest, KeepsConnectionsOfOldRoutesApartAfterAReload) {
    auto& old = put(0);
    auto const before = std::exchange(routes_, make_routes());
    EXPECT_EQ(take(0), nullptr) << "the same prefix may have another upstream now";
    EXPECT_NE(connections_.take(*before, route(*before, 0), kAlice), nullptr) << "an exchange that began with the old settings keeps them";
    EXPECT_TRUE(is_closed(old));
}

TEST_F(BoundConnectionsTest, ClosesConnectionsOfOldRoutesWhenOneIsStored) {
    auto& old = put(0);
    routes_ = make_routes();
    put(1);
    EXPECT_TRUE(is_closed(old));
}

TEST_F(BoundConnectionsTest, ClosesConnectionsWithTheClientConnection) {
    net::Socket* upstream = nullptr;
    {
        auto [near, far] = connect();
        net::ClientConnection client{net::Stream{std::move(near), net::TlsSession{}, false}, std::chrono::seconds{10}};
        EXPECT_EQ(find_bound_connections(client), nullptr);
        auto& made = make_bound_connections(client);
        EXPECT_EQ(&make_bound_connections(client), &made);
        EXPECT_EQ(find_bound_connections(client), &made);
        auto [to_upstream, end] = connect();
        made.put(std::make_unique<UpstreamConnection>(std::move(to_upstream), nullptr), routes_, route(0), kAlice);
        upstream = upstreams_.emplace_back(std::make_unique<net::Socket>(std::move(end))).get();
    }
    EXPECT_TRUE(is_closed(*upstream));
}

}  // namespace
}  // namespace warder::gateway
