// SPDX-License-Identifier: MIT
#include "gateway/upstream_link.hpp"

#include "http/loopback.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

namespace warder::gateway {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, http::Executor>;

class UpstreamLinkTest : public http::tests::Loopback {
  protected:
    std::unique_ptr<UpstreamLink> link() {
        auto [near, far] = connect();
        upstream_ = std::make_unique<http::Socket>(std::move(far));
        return std::make_unique<UpstreamLink>(std::move(near), nullptr);
    }
    std::unique_ptr<http::Socket> upstream_;  ///< The other end of the last one.
};

TEST_F(UpstreamLinkTest, SendsAllOfItHoweverSlowlyItIsTaken) {
    auto const link = this->link();
    std::string const much(32U << 20U, 'x');
    auto const sending = begin(link->send(much));
    settle();
    EXPECT_FALSE(sending->has_value()) << "nobody reads";
    std::size_t got = 0;
    std::thread reader{[&] { got = receive(*upstream_, much.size()).size(); }};
    EXPECT_TRUE(finish(sending));
    reader.join();
    EXPECT_EQ(got, much.size());
}

TEST_F(UpstreamLinkTest, SendingEndsWithWhoReads) {
    auto const link = this->link();
    std::string const much(32U << 20U, 'x');
    auto sending = begin(link->send(much));
    settle();
    reset(*upstream_);
    EXPECT_FALSE(finish(sending));
}

TEST_F(UpstreamLinkTest, SendingEndsWhenItIsGivenUp) {
    auto const link = this->link();
    std::string const much(32U << 20U, 'x');
    auto const sending = begin(link->send(much));
    settle();
    link->stream().cancel();
    EXPECT_FALSE(finish(sending));
}

TEST_F(UpstreamLinkTest, KeepsWhatIsUnreadUpToABound) {
    auto const link = this->link();
    std::string const much(std::size_t{256} * 1024, 'x');
    std::thread writer{[&] {
        boost::system::error_code ignored;
        asio::write(*upstream_, asio::buffer(much), ignored);
    }};
    std::size_t seen = 0;
    for (bool has_come = true; has_come;) {
        EXPECT_GE(link->unread().size(), seen);
        seen = link->unread().size();
        has_come = run(link->receive());
    }
    EXPECT_EQ(link->unread().size(), 128U * 1024);
    link->skip(100'000);
    EXPECT_TRUE(run(link->receive())) << "there is room again";
    EXPECT_GT(link->unread().size(), 128U * 1024 - 100'000);
    EXPECT_FALSE(link->has_ended());
    link->stream().close();
    writer.join();
}

TEST_F(UpstreamLinkTest, TellsTheEndFromAReset) {
    auto link = this->link();
    upstream_->shutdown(http::Socket::shutdown_send);
    EXPECT_FALSE(run(link->receive()));
    EXPECT_TRUE(link->has_ended());

    link = this->link();
    reset(*upstream_);
    EXPECT_FALSE(run(link->receive()));
    EXPECT_FALSE(link->has_ended());
}

TEST_F(UpstreamLinkTest, IsStillOpenWhileNothingHasCome) {
    auto link = this->link();
    EXPECT_TRUE(link->is_still_open());
    send(*upstream_, "unasked");
    EXPECT_FALSE(link->is_still_open());
    link = this->link();
    upstream_->close();
    EXPECT_FALSE(link->is_still_open());
}

TEST_F(UpstreamLinkTest, APoolGivesTheYoungestAndDropsTheOld) {
    UpstreamPool pool;
    EXPECT_EQ(pool.take(), nullptr);
    auto const now = std::chrono::steady_clock::now();
    std::vector<UpstreamLink*> put;
    for (int second = 0; second < 3; ++second) {
        auto link = this->link();
        EXPECT_FALSE(link->is_used());
        put.push_back(link.get());
        pool.put(std::move(link), now + second * 1s);
    }
    auto const taken = pool.take();
    EXPECT_EQ(taken.get(), put[2]);
    EXPECT_TRUE(taken->is_used());
    pool.sweep(now + 25s);
    EXPECT_EQ(pool.take().get(), put[1]) << "the first one was idle for 25 seconds";
    EXPECT_EQ(pool.take(), nullptr);
}

TEST_F(UpstreamLinkTest, APoolHoldsSoManyAndClosesTheOldestForOneMore) {
    UpstreamPool pool;
    auto const now = std::chrono::steady_clock::now();
    auto first = this->link();
    auto const first_upstream = std::move(upstream_);
    pool.put(std::move(first), now);
    for (int i = 0; i < 256; ++i) pool.put(this->link(), now);
    EXPECT_EQ(receive(*first_upstream, 1), "") << "closed";
    int count = 0;
    while (pool.take()) ++count;
    EXPECT_EQ(count, 256);
}

class ConnectingTest : public http::tests::Loopback {
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
    Connecting connecting_{context_};
};

TEST_F(ConnectingTest, FindsANameAtWhicheverOfItsAddressesListens) {
    // localhost is 127.0.0.1 and, on most machines, ::1: each alone must do.
    for (auto const& address : {asio::ip::make_address("127.0.0.1"), asio::ip::make_address("::1")}) {
        boost::system::error_code error;
        Acceptor acceptor{context_};
        acceptor.open(address.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), error);
        if (!error) acceptor.bind({address, 0}, error);
        if (!error) acceptor.listen(1, error);
        if (error) continue;  // a machine without IPv6
        auto const port = acceptor.local_endpoint().port();
        auto const literal = run(Connecting{context_}.connect(route_to(address.to_string(), port), nullptr));
        EXPECT_TRUE(literal.has_value()) << address;
        asio::ip::tcp::resolver resolver{context_};
        bool is_localhost = false;
        for (auto const& entry : resolver.resolve("localhost", "1", error)) is_localhost = is_localhost || entry.endpoint().address() == address;
        if (!is_localhost) continue;
        EXPECT_TRUE(run(Connecting{context_}.connect(route_to("localhost", port), nullptr)).has_value()) << address;
    }
}

TEST_F(ConnectingTest, SaysWhyThereIsNoConnection) {
    auto const refused = run(connecting_.connect(route_to("127.0.0.1", free_port()), nullptr));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), ConnectFault::kRefused);
    auto const nowhere = run(Connecting{context_}.connect(route_to("nowhere.invalid", 80), nullptr));
    ASSERT_FALSE(nowhere.has_value());
    EXPECT_EQ(nowhere.error(), ConnectFault::kNoAddress);
}

TEST_F(ConnectingTest, CanBeGivenUpWhileTheOtherSideIsSilent) {
    // The backlog is full: what comes on top gets no answer.
    Acceptor acceptor{context_};
    acceptor.open(asio::ip::tcp::v4());
    acceptor.bind({asio::ip::address_v4::loopback(), 0});
    acceptor.listen(0);
    std::vector<http::Socket> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.emplace_back(context_);
        waiting.back().open(asio::ip::tcp::v4());
        waiting.back().non_blocking(true);
        auto const endpoint = acceptor.local_endpoint();
        // Asio's would wait.
        EXPECT_EQ(::connect(waiting.back().native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size())), -1);
    }
    auto const route = route_to("127.0.0.1", acceptor.local_endpoint().port());
    std::shared_ptr<UpstreamTls const> const no_tls;
    auto const outcome = begin(connecting_.connect(route, no_tls));
    settle();
    EXPECT_FALSE(outcome->has_value());
    connecting_.cancel();
    auto const given_up = finish(outcome);
    ASSERT_FALSE(given_up.has_value());
    EXPECT_EQ(given_up.error(), ConnectFault::kRefused);
}

}  // namespace
}  // namespace warder::gateway
