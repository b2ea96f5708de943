// SPDX-License-Identifier: MIT
#include "gateway/upstream/connector.hpp"

#include "net/loopback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace warder::gateway {
namespace {

namespace asio = boost::asio;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, net::Executor>;
using testing::HasSubstr;

class ConnectorTest : public net::tests::Loopback {
  protected:
    static RouteSettings route_to(std::string host, std::uint16_t port) {
        RouteSettings route;
        route.upstream = {.is_tls = false, .host = std::move(host), .port = port, .authority = {}, .path = {}};
        return route;
    }
    std::uint16_t free_port() {
        Acceptor const acceptor{context_, asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
        return acceptor.local_endpoint().port();
    }
    Connector::Outcome connect_to(RouteSettings const& route, NameResolver& resolver) {
        Connector connector{context_, resolver};
        return run(connector.connect(route, no_tls_));
    }
    /// Returns a port that accepts no connection: its backlog is full, so that further attempts get no answer.
    std::uint16_t silent_port(asio::ip::address const& address) {
        auto& acceptor = *silent_.emplace_back(std::make_unique<Acceptor>(context_));
        acceptor.open(asio::ip::tcp::v4());
        acceptor.bind({address, 0});
        acceptor.listen(0);
        for (int i = 0; i < 4; ++i) {
            auto& waiting = waiting_.emplace_back(context_);
            waiting.open(asio::ip::tcp::v4());
            waiting.non_blocking(true);
            auto const endpoint = acceptor.local_endpoint();
            // Asio's connect would block.
            EXPECT_EQ(::connect(waiting.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size())), -1);
        }
        return acceptor.local_endpoint().port();
    }

    std::shared_ptr<UpstreamTls const> const no_tls_;
    NameResolver resolver_;
    std::vector<std::unique_ptr<Acceptor>> silent_;
    std::vector<net::Socket> waiting_;
};

TEST_F(ConnectorTest, ConnectsToAnyListeningAddressOfAName) {
    // localhost is 127.0.0.1 and, on most machines, ::1: either of them must suffice.
    for (auto const& address : {asio::ip::make_address("127.0.0.1"), asio::ip::make_address("::1")}) {
        boost::system::error_code error;
        Acceptor acceptor{context_};
        acceptor.open(address.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), error);
        if (!error) acceptor.bind({address, 0}, error);
        if (!error) acceptor.listen(1, error);
        if (error) continue;  // a machine without IPv6
        auto const port = acceptor.local_endpoint().port();
        EXPECT_TRUE(connect_to(route_to(address.to_string(), port), resolver_).has_value()) << address;
        asio::ip::tcp::resolver resolver{context_};
        bool is_localhost = false;
        for (auto const& entry : resolver.resolve("localhost", "1", error)) is_localhost = is_localhost || entry.endpoint().address() == address;
        if (!is_localhost) continue;
        EXPECT_TRUE(connect_to(route_to("localhost", port), resolver_).has_value()) << address;
    }
}

TEST_F(ConnectorTest, TriesTheNextAddressWhenTheFirstIsSilent) {
    auto const silent = asio::ip::make_address("127.0.0.2");
    auto const port = silent_port(silent);
    Acceptor const acceptor{context_, asio::ip::tcp::endpoint{asio::ip::make_address("127.0.0.1"), port}};
    NameResolver resolver{[silent](std::string const&) -> NameResolver::Answer { return std::vector{silent, asio::ip::make_address("127.0.0.1")}; }};
    auto const connection = connect_to(route_to("two.example.org", port), resolver);  // without the second address, it would wait for minutes
    EXPECT_TRUE(connection.has_value());
}

TEST_F(ConnectorTest, FailureNamesTheAddressOrHost) {
    auto const port = free_port();
    auto const refused = connect_to(route_to("127.0.0.1", port), resolver_);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().cause, FailureCause::kRefused);
    EXPECT_EQ(refused.error().reason, "connection refused (127.0.0.1:" + std::to_string(port) + ")");
    auto const nowhere = connect_to(route_to("nowhere.invalid", 80), resolver_);
    ASSERT_FALSE(nowhere.has_value());
    EXPECT_EQ(nowhere.error().cause, FailureCause::kNoSuchHost);
    EXPECT_THAT(nowhere.error().reason, HasSubstr("no such host: \"nowhere.invalid\""));
}

TEST_F(ConnectorTest, DistinguishesAFailedLookupFromAnUnknownHost) {
    NameResolver resolver{[](std::string const&) -> NameResolver::Answer {
        return std::unexpected{LookupError{.is_unknown = false, .message = "Temporary failure in name resolution"}};
    }};
    auto const failed = connect_to(route_to("u.example.org", 80), resolver);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().cause, FailureCause::kLookupFailed);
    EXPECT_EQ(failed.error().reason, "the host name \"u.example.org\" can't be resolved: Temporary failure in name resolution");
}

TEST_F(ConnectorTest, CancelEndsAWaitForASilentUpstream) {
    auto const route = route_to("127.0.0.1", silent_port(asio::ip::address_v4::loopback()));
    Connector connector{context_, resolver_};
    auto const outcome = begin(connector.connect(route, no_tls_));
    settle();
    EXPECT_FALSE(outcome->has_value());
    EXPECT_EQ(connector.timeout(route).cause, FailureCause::kConnectTimeout);
    connector.cancel();
    EXPECT_FALSE(finish(outcome).has_value());
}

}  // namespace
}  // namespace warder::gateway
