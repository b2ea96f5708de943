// SPDX-License-Identifier: MIT
#include "server/unavailable_responder.hpp"

#include "server/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>

namespace warder::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class UnavailableResponderTest : public testing::Test {
  protected:
    static BoundSockets bind() {
        ServerSettings settings;
        settings.listen = {.host = "127.0.0.1", .port = 0};
        settings.threads = 2;
        return BoundSockets::open(settings).value();
    }
    Descriptor connect() const {
        auto const& authority = sockets_.sockets.front().authority;
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(authority.substr(authority.rfind(':') + 1))));
        Descriptor client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        timeval const patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address), 0);
        return client;
    }
    static void send(Descriptor const& client, std::string const& bytes) {
        EXPECT_EQ(::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    /// Returns what is received until the server closes.
    static std::string receive(Descriptor const& client) {
        std::string received;
        std::array<char, 1024> buffer{};
        for (;;) {
            auto const count = ::recv(client.get(), buffer.data(), buffer.size(), 0);
            if (count < 0) return received + "<not closed>";
            if (count == 0) return received;
            received.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }
    std::string ask(std::string const& head) const {
        auto const client = connect();
        send(client, head);
        return receive(client);
    }

    BoundSockets const sockets_ = bind();
    std::optional<UnavailableResponder> responder_{std::in_place, sockets_};
};

TEST_F(UnavailableResponderTest, LivenessIs200) {
    auto const response = ask("GET /v1alpha/healthz/liveness HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, testing::EndsWith("\r\n\r\n{\"message\":\"i am alive\"}"));
}

TEST_F(UnavailableResponderTest, EverythingElseIs503WithRetryAfter) {
    for (auto const* const line : {"GET /healthz/readiness", "POST /healthz/liveness", "GET /", "DELETE /v1alpha/token/x"}) {
        auto const response = ask(std::string{line} + " HTTP/1.1\r\nHost: a\r\nX-Note: GET /healthz/liveness\r\n\r\n");
        EXPECT_THAT(response, StartsWith("HTTP/1.1 503 Service Unavailable\r\n")) << line;
        EXPECT_THAT(response, HasSubstr("\r\nRetry-After: 1\r\n")) << line;
        EXPECT_THAT(response, HasSubstr("\r\nConnection: close\r\n")) << line;
        EXPECT_THAT(response, HasSubstr("\"error\":\"unavailable\"")) << line;
    }
}

TEST_F(UnavailableResponderTest, HeadMayArriveInParts) {
    auto const client = connect();
    send(client, "GET /healthz/liveness HTTP/1.1\r\nHo");
    send(client, "st: a\r\n\r");
    send(client, "\n");
    EXPECT_THAT(receive(client), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(UnavailableResponderTest, ClientThatLeavesDelaysNoOther) {
    { auto const gone = connect(); }
    auto const silent = connect();  // for as long as the server waits for it
    EXPECT_THAT(ask("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
    EXPECT_EQ(receive(silent), "");
}

TEST_F(UnavailableResponderTest, SocketsStayOpenForTheServer) {
    responder_.reset();
    auto const waiting = connect();  // in the kernel
    send(waiting, "GET / HTTP/1.1\r\n\r\n");
    for (auto const& descriptor : sockets_.sockets.front().descriptors) {
        int is_listening = 0;
        socklen_t size = sizeof is_listening;
        EXPECT_EQ(::getsockopt(descriptor.get(), SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size), 0);
        EXPECT_EQ(is_listening, 1);
    }
    responder_.emplace(sockets_);
    EXPECT_THAT(receive(waiting), StartsWith("HTTP/1.1 503 "));
}

}  // namespace
}  // namespace warder::server
