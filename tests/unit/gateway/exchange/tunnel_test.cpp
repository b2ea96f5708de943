// SPDX-License-Identifier: MIT
#include "gateway/exchange/tunnel.hpp"

#include "net/loopback.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace warder::gateway {
namespace {

using namespace std::string_view_literals;

constexpr auto kHello = "\x81\x05hello"sv;

class TunnelTest : public net::tests::Loopback {
  protected:
    void open() {
        tunnel_ = std::make_unique<Tunnel>(context_, client_connection_, upstream_connection_);
        running_ = begin(tunnel_->run());
        settle();
    }
    [[nodiscard]] bool is_open() const { return !running_->has_value(); }

    std::pair<net::Socket, net::Socket> before_ = connect();
    std::pair<net::Socket, net::Socket> behind_ = connect();
    net::Socket client_{std::move(before_.first)};
    net::Socket upstream_{std::move(behind_.first)};
    net::ClientConnection client_connection_{net::Stream{std::move(before_.second), net::TlsSession{}, false}, std::chrono::seconds{10}};
    UpstreamConnection upstream_connection_{std::move(behind_.second), nullptr};
    std::unique_ptr<Tunnel> tunnel_;
    std::shared_ptr<std::optional<bool>> running_;
};

TEST_F(TunnelTest, ForwardsBytesBothWaysUntilTheUpstreamCloses) {
    open();
    send(client_, "up");
    send(upstream_, kHello);
    settle();
    EXPECT_EQ(receive(upstream_, 2), "up");
    EXPECT_EQ(receive(client_, kHello.size()), kHello);
    EXPECT_TRUE(is_open());
    upstream_.close();
    finish(running_);
}

TEST_F(TunnelTest, ForwardsBytesThatArrivedWithTheHeads) {
    send(client_, "early");
    auto const [error, count] = run(client_connection_.receive_head_bytes());
    ASSERT_FALSE(error);
    client_connection_.reader().received(count);
    send(upstream_, kHello);
    ASSERT_TRUE(run(upstream_connection_.receive()));
    open();
    EXPECT_EQ(receive(upstream_, 5), "early");
    EXPECT_EQ(receive(client_, kHello.size()), kHello);
    EXPECT_EQ(client_connection_.reader().unread(), "");
    client_.close();
    finish(running_);
}

TEST_F(TunnelTest, EndsWhenTheClientCloses) {
    open();
    client_.close();
    finish(running_);
}

TEST_F(TunnelTest, UpdatesTheTimeOfTheLastTransfer) {
    open();
    auto const before = tunnel_->moved_at();
    send(client_, "x");
    settle();
    EXPECT_GT(tunnel_->moved_at(), before);
    upstream_.close();
    finish(running_);
}

TEST_F(TunnelTest, EndBetweenFramesSendsCloseCode1008) {
    open();
    send(upstream_, kHello);
    settle();
    tunnel_->end();
    EXPECT_TRUE(tunnel_->is_ending());
    finish(running_);
    client_connection_.close();
    auto const got = receive(client_, 100);
    EXPECT_EQ(got, std::string{kHello} + std::string{http::kPolicyViolation});
    EXPECT_EQ(got.substr(kHello.size() + 2, 2), "\x03\xF0"sv) << "1008";
}

TEST_F(TunnelTest, EndWithinAFrameSendsTheCloseAfterIt) {
    open();
    send(upstream_, kHello.substr(0, 4));
    settle();
    tunnel_->end();
    settle();
    EXPECT_TRUE(is_open()) << "half a frame is out";
    // Further frames of the upstream are not forwarded.
    send(upstream_, std::string{kHello.substr(4)} +
                        "\x81\x03"
                        "but");
    finish(running_);
    client_connection_.close();
    EXPECT_EQ(receive(client_, 100), std::string{kHello} + std::string{http::kPolicyViolation});
}

TEST_F(TunnelTest, EndsWithoutACloseFrameWhenCancelled) {
    open();
    send(upstream_, kHello.substr(0, 4));
    settle();
    tunnel_->end();
    client_connection_.cancel();
    upstream_connection_.stream().cancel();
    finish(running_);
}

}  // namespace
}  // namespace warder::gateway
