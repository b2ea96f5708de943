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

class UpstreamLinkTest : public net::tests::Loopback {
  protected:
    std::unique_ptr<UpstreamConnection> link() {
        auto [near, far] = connect();
        upstream_ = std::make_unique<net::Socket>(std::move(far));
        return std::make_unique<UpstreamConnection>(std::move(near), nullptr);
    }
    std::unique_ptr<net::Socket> upstream_;  ///< The other end of the last one.
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
    upstream_->shutdown(net::Socket::shutdown_send);
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

class UpstreamPoolTest : public UpstreamLinkTest {
  protected:
    using Time = std::chrono::steady_clock::time_point;

    /// A connection that the pool has had since then; its upstream end stays open.
    UpstreamConnection* put(Time since) {
        auto link = this->link();
        auto* const kept = link.get();
        ends_.push_back(std::move(upstream_));
        pool_.put(std::move(link), since);
        return kept;
    }

    UpstreamPool pool_;
    Time const now_ = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<net::Socket>> ends_;
};

TEST_F(UpstreamPoolTest, GivesTheYoungestAndDropsTheOld) {
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

TEST_F(UpstreamPoolTest, RequestThatMayNotBeRepeatedGetsOnlyAFreshlyIdleConnection) {
    auto* const link = put(now_);
    EXPECT_EQ(pool_.take(now_ + UpstreamPool::kTrustedRest, false), nullptr);
    EXPECT_EQ(pool_.take(now_ + UpstreamPool::kTrustedRest - 1ms, false).get(), link);
}

TEST_F(UpstreamPoolTest, ClosedConnectionHalvesTheTrustForAWhile) {
    put(now_);
    ends_.back()->close();
    EXPECT_EQ(pool_.take(now_ + 200ms, true), nullptr) << "closed";
    put(now_ + 200ms);
    EXPECT_EQ(pool_.take(now_ + 300ms, false), nullptr) << "after 200 ms the upstream closed one: half of that is trusted";
    EXPECT_NE(pool_.take(now_ + 299ms, false), nullptr);
    put(now_ + 10s);
    pool_.sweep(now_ + 10s + 200ms);
    EXPECT_NE(pool_.take(now_ + 10s + 300ms, false), nullptr) << "it has closed none for ten seconds";
}

TEST_F(UpstreamPoolTest, SweepNoticesThatTheYoungestWasClosed) {
    put(now_);
    ends_.back()->close();
    pool_.sweep(now_ + 100ms);
    put(now_ + 100ms);
    EXPECT_EQ(pool_.take(now_ + 150ms, false), nullptr);
    EXPECT_NE(pool_.take(now_ + 149ms, false), nullptr);
}

TEST_F(UpstreamPoolTest, HoldsSoManyAndClosesTheOldestForOneMore) {
    put(now_);
    for (int i = 0; i < 256; ++i) put(now_);
    EXPECT_EQ(receive(*ends_.front(), 1), "") << "closed";
    int count = 0;
    while (pool_.take(now_, true)) ++count;
    EXPECT_EQ(count, 256);
}

}  // namespace
}  // namespace warder::gateway
