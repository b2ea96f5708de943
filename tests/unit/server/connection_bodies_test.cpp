// SPDX-License-Identifier: MIT
// Bodies of management API calls, and of requests that are answered without reading their body, over real connections.
#include "server/live_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace warder::server {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kMarker = "GET /marker HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";  // an unknown path: 404

class ConnectionBodies : public testing::Test {
  protected:
    /// Returns the head of a call that takes a body, with a token that may make it.
    std::string revoke(std::string_view fields) {
        return "POST /v1alpha/revoke HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: Bearer " +
               server_.mint() + "\r\n" + std::string{fields} + "\r\n";
    }
    /// Returns the head of a call that is denied without reading its body, since it has no credential.
    static std::string denied(std::string_view fields) {
        return "POST /v1alpha/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + std::string{fields} + "\r\n";
    }
    static std::string decision(std::string_view fields) { return "POST /auth HTTP/1.1\r\nHost: 127.0.0.1\r\n" + std::string{fields} + "\r\n"; }
    /// Returns the head of the next response, and skips its body.
    static std::string next_head(server::tests::Peer& client) {
        auto head = client.read_through(kHeadEnd);
        auto const at = head.find("Content-Length: ");
        if (at != std::string::npos) static_cast<void>(client.read(std::stoul(head.substr(at + 16))));
        return head;
    }

    server::tests::LiveServer server_;
};

TEST_F(ConnectionBodies, ReadsABodyThatArrivesInParts) {
    server_.start();
    auto client = server_.connect();
    client.send(revoke("Content-Length: 9\r\n"));
    client.send("tok");
    client.send("en=abc");
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 401 ")) << "a token can only revoke itself";
    client.send(kMarker);
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 404 ")) << "the connection stays synchronized";
}

TEST_F(ConnectionBodies, AcceptsABodyOfTheMaximumSizeAndReturns413ForALargerOne) {
    server_.start();
    constexpr std::size_t kLimit = 64 * 1024;
    auto client = server_.connect();
    client.send(revoke("Content-Length: " + std::to_string(kLimit) + "\r\n") + "token=" + std::string(kLimit - 6, 'a'));
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 401 "));
    client.send(revoke("Content-Length: " + std::to_string(kLimit + 1) + "\r\n"));
    auto const head = next_head(client);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(head, HasSubstr("Connection: close"));
}

TEST_F(ConnectionBodies, Returns413AndClosesForChunksBeyondTheLimit) {
    server_.start();
    auto client = server_.connect();
    client.send(revoke("Transfer-Encoding: chunked\r\n") + "10000\r\n" + std::string(0x10000, 'a') + "\r\n1\r\na\r\n0\r\n\r\n" +
                std::string{kMarker});
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 413 "));
    client.end_writing();
    EXPECT_THAT(client.read_to_end(), IsEmpty()) << "what follows is not a request";
}

TEST_F(ConnectionBodies, Returns400AndClosesForAMalformedChunk) {
    server_.start();
    for (auto const* chunk : {"zz\r\n", "1\na\r\n", "1\r\nab\r\n", "-1\r\n", "0x1\r\n"}) {
        auto client = server_.connect();
        client.send(revoke("Transfer-Encoding: chunked\r\n") + chunk + std::string{kMarker});
        auto const head = next_head(client);
        EXPECT_THAT(head, StartsWith("HTTP/1.1 400 ")) << chunk;
        EXPECT_THAT(head, HasSubstr("Connection: close")) << chunk;
        client.end_writing();
        EXPECT_THAT(client.read_to_end(), IsEmpty()) << chunk;
    }
}

TEST_F(ConnectionBodies, Returns400ForAnEndlessChunkExtension) {
    server_.start();
    auto client = server_.connect();
    client.send(revoke("Transfer-Encoding: chunked\r\n") + "1;" + std::string(std::size_t{256} * 1024, 'x'));
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ConnectionBodies, SendsContinueBeforeWaitingForABody) {
    server_.start();
    auto client = server_.connect();
    client.send(revoke("Content-Length: 9\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(client.read_through(kHeadEnd), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("token=abc");
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 401 "));
}

TEST_F(ConnectionBodies, SendsNoContinueWhenTheBodyHasStarted) {
    server_.start();
    auto client = server_.connect();
    client.send(revoke("Content-Length: 9\r\nExpect: 100-continue\r\n") + "tok");
    client.send("en=abc");
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 401 "));
}

TEST_F(ConnectionBodies, Returns408ForASlowBody) {
    server_.settings().header_timeout = std::chrono::milliseconds{100};
    server_.start();
    auto client = server_.connect();
    client.send(revoke("Content-Length: 9\r\n") + "tok");
    auto const head = next_head(client);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 408 "));
    EXPECT_THAT(head, HasSubstr("Connection: close"));
}

TEST_F(ConnectionBodies, SkipsTheShortBodyOfADeniedCall) {
    server_.start();
    auto client = server_.connect();
    std::string const smuggled = "GET /healthz/liveness HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    client.send(denied("Content-Length: " + std::to_string(smuggled.size()) + "\r\n"));
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 401 ")) << "before its body arrives";
    client.send(smuggled);
    client.send(kMarker);
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ConnectionBodies, ClosesAfterADeniedCallWithChunks) {
    server_.start();
    auto client = server_.connect();
    client.send(denied("Transfer-Encoding: chunked\r\n"));
    auto const head = next_head(client);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(head, HasSubstr("Connection: close"));
    client.send("0\r\n\r\n" + std::string{kMarker});
    client.end_writing();
    EXPECT_THAT(client.read_to_end(), IsEmpty());
}

TEST_F(ConnectionBodies, SendsNoContinueForADeniedCall) {
    server_.start();
    auto client = server_.connect();
    client.send(denied("Content-Length: 5\r\nExpect: 100-continue\r\n"));
    auto const head = next_head(client);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(head, HasSubstr("Connection: close")) << "it is unknown whether the body follows";
}

TEST_F(ConnectionBodies, SkipsTheBodyOfADecisionRequest) {
    server_.start();
    auto client = server_.connect();
    std::string const smuggled = "GET /healthz/liveness HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    client.send(decision("Authorization: Bearer " + server_.mint() + "\r\nContent-Length: " + std::to_string(smuggled.size()) + "\r\n"));
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 200 ")) << "before its body arrives";
    client.send(smuggled);
    client.send(kMarker);
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ConnectionBodies, ClosesWhenASkippedBodyDoesNotArriveInTime) {
    server_.settings().header_timeout = std::chrono::milliseconds{100};
    server_.start();
    auto client = server_.connect();
    client.send(decision("Content-Length: 5\r\n"));
    EXPECT_THAT(next_head(client), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(client.read_to_end(), IsEmpty()) << "the connection ends";
}

TEST_F(ConnectionBodies, ClosesAfterADecisionRequestWithALongBody) {
    server_.start();
    auto client = server_.connect();
    client.send(decision("Content-Length: 65537\r\n"));
    EXPECT_THAT(next_head(client), HasSubstr("Connection: close"));
    auto other = server_.connect();
    other.send(decision("Content-Length: 65536\r\n"));
    EXPECT_THAT(next_head(other), Not(HasSubstr("Connection: close")));
}

}  // namespace
}  // namespace warder::server
