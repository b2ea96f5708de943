// SPDX-License-Identifier: MIT
#include "gateway/upstream/upstream_connection.hpp"

#include "net/loopback.hpp"

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
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, net::Executor>;

class UpstreamConnectionTest : public net::tests::Loopback {
  protected:
    std::unique_ptr<UpstreamConnection> connection() {
        auto [near, far] = connect();
        upstream_ = std::make_unique<net::Socket>(std::move(far));
        return std::make_unique<UpstreamConnection>(std::move(near), nullptr);
    }
    std::unique_ptr<net::Socket> upstream_;  ///< The other end of the last connection.
};

TEST_F(UpstreamConnectionTest, SendsEverythingToASlowReader) {
    auto const connection = this->connection();
    std::string const much(32U << 20U, 'x');
    auto const sending = begin(connection->send(much));
    settle();
    EXPECT_FALSE(sending->has_value()) << "the client does not read";
    std::size_t got = 0;
    std::thread reader{[&] { got = receive(*upstream_, much.size()).size(); }};
    EXPECT_TRUE(finish(sending));
    reader.join();
    EXPECT_EQ(got, much.size());
}

TEST_F(UpstreamConnectionTest, SendFailsWhenTheUpstreamResets) {
    auto const connection = this->connection();
    std::string const much(32U << 20U, 'x');
    auto sending = begin(connection->send(much));
    settle();
    reset(*upstream_);
    EXPECT_FALSE(finish(sending));
}

TEST_F(UpstreamConnectionTest, SendFailsWhenCancelled) {
    auto const connection = this->connection();
    std::string const much(32U << 20U, 'x');
    auto const sending = begin(connection->send(much));
    settle();
    connection->stream().cancel();
    EXPECT_FALSE(finish(sending));
}

TEST_F(UpstreamConnectionTest, LimitsTheUnreadBytes) {
    auto const connection = this->connection();
    std::string const much(std::size_t{256} * 1024, 'x');
    std::thread writer{[&] {
        boost::system::error_code ignored;
        asio::write(*upstream_, asio::buffer(much), ignored);
    }};
    std::size_t seen = 0;
    for (bool has_come = true; has_come;) {
        EXPECT_GE(connection->unread().size(), seen);
        seen = connection->unread().size();
        has_come = run(connection->receive());
    }
    EXPECT_EQ(connection->unread().size(), 128U * 1024);
    connection->skip(100'000);
    EXPECT_TRUE(run(connection->receive())) << "there is room again";
    EXPECT_GT(connection->unread().size(), 128U * 1024 - 100'000);
    EXPECT_FALSE(connection->has_ended());
    connection->stream().close();
    writer.join();
}

TEST_F(UpstreamConnectionTest, DistinguishesTheEndFromAReset) {
    auto connection = this->connection();
    upstream_->shutdown(net::Socket::shutdown_send);
    EXPECT_FALSE(run(connection->receive()));
    EXPECT_TRUE(connection->has_ended());

    connection = this->connection();
    reset(*upstream_);
    EXPECT_FALSE(run(connection->receive()));
    EXPECT_FALSE(connection->has_ended());
}

TEST_F(UpstreamConnectionTest, IsStillOpenUntilDataOrTheEndArrives) {
    auto connection = this->connection();
    EXPECT_TRUE(connection->is_still_open());
    send(*upstream_, "unasked");
    EXPECT_FALSE(connection->is_still_open());
    connection = this->connection();
    upstream_->close();
    EXPECT_FALSE(connection->is_still_open());
}

class UpstreamPoolTest : public UpstreamConnectionTest {
  protected:
    using Time = std::chrono::steady_clock::time_point;

    /// Puts a connection into the pool that is idle since then; its upstream end stays open.
    UpstreamConnection* put(Time since) {
        auto connection = this->connection();
        auto* const kept = connection.get();
        ends_.push_back(std::move(upstream_));
        pool_.put(std::move(connection), since);
        return kept;
    }

    UpstreamPool pool_;
    Time const now_ = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<net::Socket>> ends_;
};

TEST_F(UpstreamPoolTest, ReturnsTheYoungestConnectionAndClosesOldOnes) {
    EXPECT_EQ(pool_.take(now_, true), nullptr);
    std::vector<UpstreamConnection*> put;
    for (int second = 0; second < 3; ++second) put.push_back(this->put(now_ + second * 1s));
    auto const taken = pool_.take(now_ + 2s, true);
    EXPECT_EQ(taken.get(), put[2]);
    EXPECT_TRUE(taken->is_used());
    pool_.sweep(now_ + 25s);
    EXPECT_EQ(pool_.take(now_ + 25s, true).get(), put[1]) << "the first one was idle for 25 seconds";
    EXPECT_EQ(pool_.take(now_ + 25s, true), nullptr);
}

TEST_F(UpstreamPoolTest, UnrepeatableRequestGetsOnlyARecentlyIdleConnection) {
    auto* const connection = put(now_);
    EXPECT_EQ(pool_.take(now_ + UpstreamPool::kTrustedIdle, false), nullptr);
    EXPECT_EQ(pool_.take(now_ + UpstreamPool::kTrustedIdle - 1ms, false).get(), connection);
}

TEST_F(UpstreamPoolTest, ClosedConnectionHalvesTheTrustedTimeForAWhile) {
    put(now_);
    ends_.back()->close();
    EXPECT_EQ(pool_.take(now_ + 200ms, true), nullptr) << "closed";
    put(now_ + 200ms);
    EXPECT_EQ(pool_.take(now_ + 300ms, false), nullptr) << "the upstream closed one after 200 ms, so others are reused for half of that";
    EXPECT_NE(pool_.take(now_ + 299ms, false), nullptr);
    put(now_ + 10s);
    pool_.sweep(now_ + 10s + 200ms);
    EXPECT_NE(pool_.take(now_ + 10s + 300ms, false), nullptr) << "the upstream has closed none for ten seconds";
}

TEST_F(UpstreamPoolTest, SweepDetectsAClosedConnection) {
    put(now_);
    ends_.back()->close();
    pool_.sweep(now_ + 100ms);
    put(now_ + 100ms);
    EXPECT_EQ(pool_.take(now_ + 150ms, false), nullptr);
    EXPECT_NE(pool_.take(now_ + 149ms, false), nullptr);
}

TEST_F(UpstreamPoolTest, ClosesTheOldestConnectionBeyondTheLimit) {
    put(now_);
    for (int i = 0; i < 256; ++i) put(now_);
    EXPECT_EQ(receive(*ends_.front(), 1), "") << "closed";
    int count = 0;
    while (pool_.take(now_, true)) ++count;
    EXPECT_EQ(count, 256);
}

}  // namespace
}  // namespace warder::gateway
