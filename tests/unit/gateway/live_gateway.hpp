// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/gateway.hpp"
#include "gateway/routes/upstream_url.hpp"
#include "server/live_server.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::gateway::tests {

using server::tests::Peer;

/// A server with a gateway whose upstream is the test itself.
class LiveGateway : public testing::Test {
  protected:
    LiveGateway() {
        EXPECT_TRUE(server_.settings().hosts.add("warder.test"));  // required because the server listens on loopback
    }

    /// Returns a route to the acceptor of the test. @param path  of the upstream's URL.
    [[nodiscard]] RouteSettings route(std::string prefix, std::string const& path = "") const {
        RouteSettings settings;
        settings.prefix = std::move(prefix);
        settings.upstream = read_upstream_url("http://127.0.0.1:" + std::to_string(acceptor_.port()) + path).value();
        return settings;
    }
    void start(std::vector<RouteSettings> routes) {
        gateway_ = std::make_unique<Gateway>(RouteSet::make(std::move(routes), server_.clock()).value());
        server_.start(gateway_.get());
    }
    void start(RouteSettings const& route) { start(std::vector{route}); }
    void start() { start(route("/a")); }

    /// Returns the head of a request with a new unscoped token.
    std::string request(std::string_view line, std::string_view fields = "") { return request_with(server_.mint(), line, fields); }
    static std::string request_with(std::string_view token, std::string_view line, std::string_view fields = "") {
        return std::string{line} + " HTTP/1.1\r\nHost: warder.test\r\nAuthorization: Bearer " + std::string{token} + "\r\n" + std::string{fields} +
               "\r\n";
    }
    /// Accepts a connection from the gateway and reads the head of a request.
    Peer accept_request() {
        auto upstream = acceptor_.accept();
        upstream_head_ = upstream.read_through("\r\n\r\n");
        return upstream;
    }
    /// Returns the status line and fields of the next response.
    static std::string read_head(Peer& client) { return client.read_through("\r\n\r\n"); }
    /// Returns the next response, with its body if it has a Content-Length.
    static std::string read_response(Peer& client) {
        auto response = client.read_through("\r\n\r\n");
        auto const at = response.find("Content-Length: ");
        if (at != std::string::npos) response += client.read(std::stoul(response.substr(at + 16)));
        return response;
    }

    server::tests::PeerAcceptor acceptor_;
    std::unique_ptr<Gateway> gateway_;  // outlives the server
    server::tests::LiveServer server_;
    std::string upstream_head_;  ///< The head of the request that was accepted last.
};

constexpr std::string_view kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";

}  // namespace warder::gateway::tests
