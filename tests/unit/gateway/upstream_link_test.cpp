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

}  // namespace
}  // namespace warder::gateway
