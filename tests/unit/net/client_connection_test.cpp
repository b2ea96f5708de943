// SPDX-License-Identifier: MIT
#include "net/client_connection.hpp"

#include "net/loopback.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

namespace warder::net {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Phase = ClientConnection::Phase;

class ClientLinkTest : public net::tests::Loopback {
  protected:
    /// More than both sockets hold while nobody reads.
    static std::string much() { return std::string(64U << 20U, 'x'); }

    std::pair<Socket, Socket> ends_ = connect();
    Socket client_{std::move(ends_.first)};
    ClientConnection link_{Stream{std::move(ends_.second), TlsSession{}, false}, 10s};
};

TEST_F(ClientLinkTest, BeginsIdleAndEndsWhatWaitsWhenTheTimeIsUp) {
    EXPECT_EQ(link_.phase(), Phase::kIdle);
    auto const waiting = begin(link_.receive_head_bytes());
    settle();
    link_.sweep(Clock::now());
    settle();
    EXPECT_FALSE(waiting->has_value()) << "its time is not up";
    link_.sweep(Clock::now() + 11s);
    EXPECT_TRUE(std::get<0>(finish(waiting)));
    EXPECT_TRUE(link_.has_timed_out());
}

TEST_F(ClientLinkTest, ANewPhaseHasANewTime) {
    auto const now = Clock::now();
    link_.sweep(now);
    link_.sweep(now + 11s);
    EXPECT_TRUE(link_.has_timed_out());
    link_.enter(Phase::kHead, 20s);
    EXPECT_FALSE(link_.has_timed_out());
    link_.sweep(now + 11s);
    link_.sweep(now + 30s);
    EXPECT_FALSE(link_.has_timed_out()) << "it begins with the first sweep";
    link_.sweep(now + 31s);
    EXPECT_TRUE(link_.has_timed_out());
}

TEST_F(ClientLinkTest, WhoeverAnswersSeesToTheTime) {
    link_.enter(Phase::kHead, 1s);
    link_.enter_answer();
    link_.sweep(Clock::now() + 1h);
    EXPECT_FALSE(link_.has_timed_out());
}

TEST_F(ClientLinkTest, ReceivesWhatHasComeAndThenTheEnd) {
    send(client_, "GET / HTTP/1.1\r\n");
    auto const [error, count] = run(link_.receive_head_bytes());
    EXPECT_FALSE(error);
    link_.reader().received(count);
    EXPECT_EQ(link_.reader().unread(), "GET / HTTP/1.1\r\n");
    client_.close();
    EXPECT_TRUE(std::get<0>(run(link_.receive_head_bytes())));
}

TEST_F(ClientLinkTest, WritesInPiecesToAReaderThatTakesItsTime) {
    link_.out() = much();
    link_.enter(Phase::kHead, 20s);
    EXPECT_FALSE(link_.flush_at_once()) << "nobody reads";
    auto const flushing = begin(link_.flush());
    settle();
    EXPECT_EQ(link_.phase(), Phase::kWrite);
    std::size_t got = 0;
    std::thread reader{[&] { got = receive(client_, much().size()).size(); }};
    EXPECT_TRUE(finish(flushing));
    reader.join();
    EXPECT_EQ(got, much().size());
    EXPECT_TRUE(link_.out().empty());
    EXPECT_EQ(link_.phase(), Phase::kHead) << "as before";
}

TEST_F(ClientLinkTest, GivesUpOnAReaderThatTakesNothing) {
    link_.out() = much();
    auto const flushing = begin(link_.flush());
    settle();
    auto const now = Clock::now();
    link_.sweep(now);
    link_.sweep(now + 9s);
    settle();
    EXPECT_FALSE(flushing->has_value());
    link_.sweep(now + 11s);
    EXPECT_FALSE(finish(flushing));
}

TEST_F(ClientLinkTest, AReaderThatLeavesEndsTheWriting) {
    link_.out() = much();
    auto const flushing = begin(link_.flush());
    settle();
    reset(client_);
    EXPECT_FALSE(finish(flushing));
}

TEST_F(ClientLinkTest, LingersUntilTheClientHasReadItsAnswer) {
    link_.out() = "the answer";
    send(client_, std::string(100'000, 'b'));  // of a body that nobody reads
    auto const lingering = begin(link_.linger(ClientConnection::Rest::kBody));
    settle();
    EXPECT_EQ(receive(client_, 100), "the answer") << "and then the end";
    EXPECT_FALSE(lingering->has_value());
    client_.close();
    EXPECT_TRUE(finish(lingering));
}

TEST_F(ClientLinkTest, LingersNoLongerThanItsTime) {
    auto const lingering = begin(link_.linger(ClientConnection::Rest::kNothing));
    settle();
    EXPECT_EQ(link_.phase(), Phase::kLinger);
    auto const now = Clock::now();
    link_.sweep(now);
    link_.sweep(now + 3s);
    EXPECT_TRUE(finish(lingering));
}

TEST_F(ClientLinkTest, LingersBehindABodyAsLongAsSomethingComes) {
    auto const lingering = begin(link_.linger(ClientConnection::Rest::kBody));
    for (int i = 0; i < 3; ++i) {
        settle();
        auto const now = Clock::now();
        link_.sweep(now);
        link_.sweep(now + 4s);
        send(client_, std::string(50'000, 'b'));
        settle();
        EXPECT_FALSE(lingering->has_value());
    }
    auto const now = Clock::now();
    link_.sweep(now);
    link_.sweep(now + 6s);
    EXPECT_TRUE(finish(lingering));
}

TEST_F(ClientLinkTest, IsIdleWhileItWaitsForAHeadAndFirstToGoBehindItsAnswer) {
    link_.enter(Phase::kIdle, 1s);
    link_.note_idle();
    EXPECT_TRUE(link_.idle_since());
    link_.enter_answer();
    EXPECT_FALSE(link_.idle_since());
    link_.enter(Phase::kLinger, 1s);
    EXPECT_EQ(link_.idle_since(), ClientConnection::kAnswered);
    link_.close();
    EXPECT_FALSE(link_.idle_since()) << "it goes already";
}

TEST_F(ClientLinkTest, AResetIsSeenAsOne) {
    link_.out() = "half of it";
    EXPECT_TRUE(link_.flush_at_once());
    EXPECT_EQ(receive(client_, 10), "half of it");
    link_.reset();
    char byte = 0;
    boost::system::error_code error;
    client_.read_some(boost::asio::buffer(&byte, 1), error);
    EXPECT_EQ(error, boost::asio::error::connection_reset);
    link_.out() = "more";
    EXPECT_FALSE(link_.flush_at_once());
    run(link_.linger(ClientConnection::Rest::kNothing));
}

}  // namespace
}  // namespace warder::net
