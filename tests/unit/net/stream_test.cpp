// SPDX-License-Identifier: MIT
#include "net/stream.hpp"

#include "net/certificate.hpp"
#include "net/loopback.hpp"
#include "temporary_directory.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace warder::net {
namespace {

namespace asio = boost::asio;

class StreamTest : public net::tests::Loopback {
  protected:
    struct ContextFree {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };

    /// Returns two ends of a TLS connection after the handshake, the client's first. The client accepts any
    /// certificate, since these tests are about the bytes.
    std::pair<Stream, Stream> connect_with_tls() {
        auto [near, far] = connect();
        TlsSession session{SSL_new(client_context_.get())};
        SSL_set_fd(session.get(), near.native_handle());
        SSL_set_connect_state(session.get());
        Stream client{std::move(near), std::move(session), true};
        Stream server{std::move(far), identity_};
        auto const client_handshake = begin(client.handshake());
        EXPECT_EQ(run(server.handshake()), Stream::Handshake::kDone);
        EXPECT_EQ(finish(client_handshake), Stream::Handshake::kDone);
        return {std::move(client), std::move(server)};
    }

    static std::size_t write_all_it_takes(Stream& stream) {
        std::string const bytes(16 * 1024, 'x');
        std::size_t written = 0;
        for (Stream::ErrorCode error; !error;) written += stream.write_some(asio::buffer(bytes), error);
        return written;
    }

    warder::tests::TemporaryDirectory directory_;
    std::shared_ptr<TlsIdentity const> identity_ = TlsIdentity::read(net::tests::make_certificate(directory_.path(), "DNS:localhost")).value();
    std::unique_ptr<SSL_CTX, ContextFree> client_context_{SSL_CTX_new(TLS_client_method())};
    std::array<char, 4096> buffer_{};
};

TEST_F(StreamTest, DistinguishesTlsCloseNotifyFromACutConnection) {
    {
        auto [client, server] = connect_with_tls();
        EXPECT_FALSE(client.end_writing());
        EXPECT_EQ(std::get<0>(run(server.read_some(asio::buffer(buffer_)))), asio::error::eof);
    }
    {
        auto [client, server] = connect_with_tls();
        client.close();
        EXPECT_EQ(std::get<0>(run(server.read_some(asio::buffer(buffer_)))), asio::error::connection_aborted) << "anyone can cut a connection";
    }
    {
        auto [client, server] = connect_with_tls();
        client.reset();
        EXPECT_EQ(std::get<0>(run(server.read_some(asio::buffer(buffer_)))), asio::error::connection_aborted);
    }
}

TEST_F(StreamTest, HoldsUnreadReportsTheRestOfARecord) {
    auto [client, server] = connect_with_tls();
    Stream::ErrorCode error;
    EXPECT_FALSE(server.holds_unread());
    ASSERT_EQ(client.write_some(asio::buffer("ten bytes.", 10), error), 10U);
    EXPECT_EQ(std::get<1>(run(server.read_some(asio::buffer(buffer_, 4)))), 4U);
    EXPECT_TRUE(server.holds_unread());
    EXPECT_TRUE(server.has_input());
    EXPECT_EQ(std::get<1>(run(server.read_some(asio::buffer(buffer_)))), 6U);
    EXPECT_FALSE(server.holds_unread());
}

TEST_F(StreamTest, DoesNotUseItsDescriptorNumberAfterClose) {
    auto [client, server] = connect_with_tls();
    server.close();
    auto [near, far] = connect();  // one of them gets the number that has become free
    Stream::ErrorCode error;
    EXPECT_EQ(server.write_some(asio::buffer("a secret", 8), error), 0U);
    EXPECT_EQ(error, asio::error::bad_descriptor);
    EXPECT_TRUE(server.end_writing());
    EXPECT_EQ(std::get<0>(run(server.read_some(asio::buffer(buffer_)))), asio::error::bad_descriptor);
    near.non_blocking(true);
    far.non_blocking(true);
    near.read_some(asio::buffer(buffer_), error);
    EXPECT_EQ(error, asio::error::would_block);
    far.read_some(asio::buffer(buffer_), error);
    EXPECT_EQ(error, asio::error::would_block);
}

Task<std::size_t> read_up_to(Stream& stream, std::size_t count, std::size_t& got) {
    std::array<char, 1024> buffer{};
    while (got < count) {
        auto const [error, some] = co_await stream.read_some(asio::buffer(buffer));
        if (error) break;
        got += some;
    }
    co_return got;
}

TEST_F(StreamTest, ReadingAvailableDataYieldsToOtherTasks) {
    auto [client, server] = connect_with_tls();
    auto const sent = write_all_it_takes(client);
    ASSERT_GT(sent, 64U * 1024);
    std::size_t got = 0;
    auto const reading = begin(read_up_to(server, sent, got));
    std::size_t got_when_others_came = sent;
    asio::post(context_, [&] { got_when_others_came = got; });
    EXPECT_EQ(finish(reading), sent);
    EXPECT_LT(got_when_others_came, sent / 2);
}

Task<void> yield_and_look(Stream& stream, bool const& has_other_run, bool& was_first) {
    co_await stream.yield();
    was_first = !has_other_run;
}

TEST_F(StreamTest, YieldLetsReadyWorkRunFirst) {
    auto [near, far] = connect();
    Stream stream{std::move(far), TlsSession{}, false};
    bool has_other_run = false;
    bool was_first = true;
    auto const yielding = begin(yield_and_look(stream, has_other_run, was_first));
    asio::post(context_, [&] { has_other_run = true; });
    finish(yielding);
    EXPECT_FALSE(was_first);
}

TEST_F(StreamTest, ReadArrivedDoesNotWait) {
    auto [near, far] = connect();
    Stream stream{std::move(far), TlsSession{}, false};
    EXPECT_EQ(std::get<0>(stream.read_arrived(asio::buffer(buffer_))), asio::error::would_block);
    send(near, "four");
    EXPECT_EQ(stream.read_arrived(asio::buffer(buffer_)), (Stream::ReadOutcome{Stream::ErrorCode{}, 4}));
    near.shutdown(Socket::shutdown_send);
    EXPECT_EQ(std::get<0>(stream.read_arrived(asio::buffer(buffer_))), asio::error::eof);

    auto [client, server] = connect_with_tls();
    Stream::ErrorCode error;
    ASSERT_EQ(client.write_some(asio::buffer("four", 4), error), 4U);
    EXPECT_EQ(std::get<0>(server.read_arrived(asio::buffer(buffer_))), asio::error::would_block) << "read_some decrypts";
    EXPECT_EQ(std::get<1>(run(server.read_some(asio::buffer(buffer_)))), 4U);
}

TEST_F(StreamTest, HandshakeReportsPlainHttpAndOtherData) {
    auto [near, far] = connect();
    Stream server{std::move(far), identity_};
    send(near, "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(run(server.handshake()), Stream::Handshake::kPlainHttp);
    EXPECT_FALSE(server.is_tls());

    auto [silent, other] = connect();
    Stream another{std::move(other), identity_};
    send(silent, "SSH-2.0-OpenSSH\r\n");
    EXPECT_EQ(run(another.handshake()), Stream::Handshake::kFailed);
}

TEST_F(StreamTest, IsHalfClosedReportsTheClientsEndOfStream) {
    auto [near, far] = connect();
    Stream stream{std::move(far), TlsSession{}, false};
    EXPECT_FALSE(stream.is_half_closed());
    send(near, "not read yet");
    EXPECT_FALSE(stream.is_half_closed());
    near.shutdown(Socket::shutdown_send);
    EXPECT_TRUE(stream.is_half_closed());
}

}  // namespace
}  // namespace warder::net
