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

class ClientConnectionTest : public net::tests::Loopback {
  protected:
    /// Returns more bytes than the buffers of both sockets hold while the other side doesn't read.
    static std::string much() { return std::string(64U << 20U, 'x'); }

    std::pair<Socket, Socket> ends_ = connect();
    Socket client_{std::move(ends_.first)};
    ClientConnection connection_{Stream{std::move(ends_.second), TlsSession{}, false}, 10s};
};

TEST_F(ClientConnectionTest, StartsIdleAndCancelsAReceiveAfterTheTimeout) {
    EXPECT_EQ(connection_.phase(), Phase::kIdle);
    auto const waiting = begin(connection_.receive_head_bytes());
    settle();
    connection_.sweep(Clock::now());
    settle();
    EXPECT_FALSE(waiting->has_value()) << "its time is not up";
    connection_.sweep(Clock::now() + 11s);
    EXPECT_TRUE(std::get<0>(finish(waiting)));
    EXPECT_TRUE(connection_.has_timed_out());
}

TEST_F(ClientConnectionTest, EnteringAPhaseRestartsTheTimeout) {
    auto const now = Clock::now();
    connection_.sweep(now);
    connection_.sweep(now + 11s);
    EXPECT_TRUE(connection_.has_timed_out());
    connection_.enter(Phase::kHead, 20s);
    EXPECT_FALSE(connection_.has_timed_out());
    connection_.sweep(now + 11s);
    connection_.sweep(now + 30s);
    EXPECT_FALSE(connection_.has_timed_out()) << "it begins with the first sweep";
    connection_.sweep(now + 31s);
    EXPECT_TRUE(connection_.has_timed_out());
}

TEST_F(ClientConnectionTest, AnswerPhaseHasNoTimeout) {
    connection_.enter(Phase::kHead, 1s);
    connection_.enter_answer();
    connection_.sweep(Clock::now() + 1h);
    EXPECT_FALSE(connection_.has_timed_out());
}

TEST_F(ClientConnectionTest, ReceivesDataThenEndOfStream) {
    send(client_, "GET / HTTP/1.1\r\n");
    auto const [error, count] = run(connection_.receive_head_bytes());
    EXPECT_FALSE(error);
    connection_.reader().received(count);
    EXPECT_EQ(connection_.reader().unread(), "GET / HTTP/1.1\r\n");
    client_.close();
    EXPECT_TRUE(std::get<0>(run(connection_.receive_head_bytes())));
}

TEST_F(ClientConnectionTest, FlushesALargeBufferToASlowReader) {
    connection_.out() = much();
    connection_.enter(Phase::kHead, 20s);
    EXPECT_FALSE(connection_.try_flush()) << "the client does not read";
    auto const flushing = begin(connection_.flush());
    settle();
    EXPECT_EQ(connection_.phase(), Phase::kWrite);
    std::size_t got = 0;
    std::thread reader{[&] { got = receive(client_, much().size()).size(); }};
    EXPECT_TRUE(finish(flushing));
    reader.join();
    EXPECT_EQ(got, much().size());
    EXPECT_TRUE(connection_.out().empty());
    EXPECT_EQ(connection_.phase(), Phase::kHead) << "as before";
}

TEST_F(ClientConnectionTest, FlushTimesOutWhenTheClientDoesNotRead) {
    connection_.out() = much();
    auto const flushing = begin(connection_.flush());
    settle();
    auto const now = Clock::now();
    connection_.sweep(now);
    connection_.sweep(now + 9s);
    settle();
    EXPECT_FALSE(flushing->has_value());
    connection_.sweep(now + 11s);
    EXPECT_FALSE(finish(flushing));
}

TEST_F(ClientConnectionTest, FlushFailsWhenTheClientResets) {
    connection_.out() = much();
    auto const flushing = begin(connection_.flush());
    settle();
    reset(client_);
    EXPECT_FALSE(finish(flushing));
}

TEST_F(ClientConnectionTest, LingersUntilTheClientCloses) {
    connection_.out() = "the answer";
    send(client_, std::string(100'000, 'b'));  // the start of a body that is never read
    auto const lingering = begin(connection_.linger(ClientConnection::Rest::kBody));
    settle();
    EXPECT_EQ(receive(client_, 100), "the answer") << "and then the end";
    EXPECT_FALSE(lingering->has_value());
    client_.close();
    EXPECT_TRUE(finish(lingering));
}

TEST_F(ClientConnectionTest, LingerTimesOutWithoutAnUnreadBody) {
    auto const lingering = begin(connection_.linger(ClientConnection::Rest::kNothing));
    settle();
    EXPECT_EQ(connection_.phase(), Phase::kLinger);
    auto const now = Clock::now();
    connection_.sweep(now);
    connection_.sweep(now + 3s);
    EXPECT_TRUE(finish(lingering));
}

TEST_F(ClientConnectionTest, LingerAfterABodyContinuesWhileDataArrives) {
    auto const lingering = begin(connection_.linger(ClientConnection::Rest::kBody));
    for (int i = 0; i < 3; ++i) {
        settle();
        auto const now = Clock::now();
        connection_.sweep(now);
        connection_.sweep(now + 4s);
        send(client_, std::string(50'000, 'b'));
        settle();
        EXPECT_FALSE(lingering->has_value());
    }
    auto const now = Clock::now();
    connection_.sweep(now);
    connection_.sweep(now + 6s);
    EXPECT_TRUE(finish(lingering));
}

TEST_F(ClientConnectionTest, IdleSinceIsSetOnlyWhileIdleOrLingering) {
    connection_.enter(Phase::kIdle, 1s);
    connection_.note_idle(std::chrono::steady_clock::now());
    EXPECT_TRUE(connection_.idle_since());
    connection_.enter_answer();
    EXPECT_FALSE(connection_.idle_since());
    connection_.enter(Phase::kLinger, 1s);
    EXPECT_EQ(connection_.idle_since(), ClientConnection::kAnswered);
    connection_.close();
    EXPECT_FALSE(connection_.idle_since()) << "the connection is already closing";
}

TEST_F(ClientConnectionTest, ResetIsSeenByTheClientAsAReset) {
    connection_.out() = "half of it";
    EXPECT_TRUE(connection_.try_flush());
    EXPECT_EQ(receive(client_, 10), "half of it");
    connection_.reset();
    char byte = 0;
    boost::system::error_code error;
    client_.read_some(boost::asio::buffer(&byte, 1), error);
    EXPECT_EQ(error, boost::asio::error::connection_reset);
    connection_.out() = "more";
    EXPECT_FALSE(connection_.try_flush());
    run(connection_.linger(ClientConnection::Rest::kNothing));
}

}  // namespace
}  // namespace warder::net
