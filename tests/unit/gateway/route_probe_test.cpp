// SPDX-License-Identifier: MIT
#include "gateway/route_probe.hpp"

#include "net/certificate.hpp"
#include "server/live_server.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace warder::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

RouteSettings route_to(std::string const& host, std::uint16_t port, bool is_tls = false) {
    RouteSettings route;
    route.prefix = "/a";
    route.upstream = {.is_tls = is_tls, .host = host, .port = port, .authority = host, .path = {}};
    return route;
}

std::optional<std::string> probe(RouteSettings const& route) { return probe_routes({&route, 1}).at(0).failure; }

std::uint16_t closed_port() { return server::tests::PeerAcceptor{}.port(); }

TEST(ProbeRoutes, ReturnsNoProbesForNoRoutes) { EXPECT_TRUE(probe_routes({}).empty()); }

TEST(ProbeRoutes, SucceedsWithoutSendingARequest) {
    server::tests::PeerAcceptor acceptor;
    EXPECT_EQ(probe(route_to("127.0.0.1", acceptor.port())), std::nullopt);
    EXPECT_EQ(acceptor.accept().read_to_end(), "");
}

TEST(ProbeRoutes, ReportsTheSameFailuresAsTheLog) {
    auto const port = closed_port();
    EXPECT_EQ(probe(route_to("127.0.0.1", port)), "connection refused (127.0.0.1:" + std::to_string(port) + ")");
    EXPECT_THAT(probe(route_to("nowhere.invalid", 80)).value_or(""), HasSubstr("no such host: \"nowhere.invalid\""));
}

TEST(ProbeRoutes, ReturnsOneResultPerRouteInOrder) {
    // More routes than are probed at a time.
    server::tests::PeerAcceptor const acceptor;
    auto const closed = closed_port();
    std::vector<RouteSettings> routes;
    for (int i = 0; i < 150; ++i) routes.push_back(route_to("127.0.0.1", i % 3 == 0 ? closed : acceptor.port()));
    auto const probes = probe_routes(routes);
    ASSERT_EQ(probes.size(), routes.size());
    for (std::size_t i = 0; i < probes.size(); ++i) {
        EXPECT_EQ(probes[i].route, &routes[i]);
        EXPECT_EQ(probes[i].failure.has_value(), i % 3 == 0) << i;
    }
}

TEST(ProbeRoutes, SilentTlsUpstreamTimesOut) {
    server::tests::PeerAcceptor const acceptor;  // the kernel accepts, but there is no TLS handshake
    auto route = route_to("127.0.0.1", acceptor.port(), true);
    route.connect_timeout = 50ms;
    EXPECT_THAT(probe(route).value_or(""), HasSubstr("timed out in the TLS handshake with 127.0.0.1:"));
}

TEST(ProbeRoutes, ProbesRoutesConcurrently) {
    server::tests::PeerAcceptor acceptor;
    auto route = route_to("127.0.0.1", acceptor.port(), true);
    route.connect_timeout = 60s;  // if they were probed one after another, the upstream below would never get all its connections
    std::vector<RouteSettings> const routes(20, route);
    auto upstream = std::async(std::launch::async, [&] {
        std::vector<server::tests::Peer> peers;
        for (std::size_t i = 0; i < routes.size(); ++i) peers.push_back(acceptor.accept());
    });
    for (auto const& probe : probe_routes(routes)) EXPECT_THAT(probe.failure.value_or(""), HasSubstr("closed the connection"));
    upstream.get();
}

TEST(ProbeRoutes, ReportsAPlainUpstreamOfAnHttpsRoute) {
    server::tests::PeerAcceptor acceptor;
    std::thread upstream{[&] {
        auto peer = acceptor.accept();
        static_cast<void>(peer.read(1));
        peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        static_cast<void>(peer.read_to_end());
    }};
    EXPECT_THAT(probe(route_to("127.0.0.1", acceptor.port(), true)).value_or(""), HasSubstr("use an http:// URL"));
    upstream.join();
}

TEST(ProbeRoutes, ReportsAnUnreadableCaFile) {
    auto route = route_to("127.0.0.1", closed_port(), true);
    route.ca_file = "/nowhere/ca.pem";
    EXPECT_THAT(probe(route).value_or(""), HasSubstr("/nowhere/ca.pem"));
}

TEST(ProbeRoutes, VerifiesTheCertificate) {
    warder::tests::TemporaryDirectory const directory;
    server::tests::LiveServer server;
    server.settings().tls = net::tests::make_certificate(directory.path(), "IP:127.0.0.1");
    server.start();
    auto route = route_to("127.0.0.1", server.port(), true);
    EXPECT_THAT(probe(route).value_or(""), HasSubstr("self-signed"));
    route.ca_file = server.settings().tls.certificate;
    EXPECT_EQ(probe(route), std::nullopt);
}

}  // namespace
}  // namespace warder::gateway
