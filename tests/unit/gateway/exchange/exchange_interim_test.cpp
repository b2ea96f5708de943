// SPDX-License-Identifier: MIT
#include "gateway/live_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace warder::gateway {
namespace {

using server::tests::Peer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using tests::kNoContent;

using ExchangeInterim = tests::LiveGateway;

TEST_F(ExchangeInterim, ForwardsEarlyHintsBeforeTheFinalResponse) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n");
    EXPECT_THAT(read_head(client), AllOf(StartsWith("HTTP/1.1 103 "), HasSubstr("Link: </style.css>; rel=preload\r\n")));
    upstream.send(kNoContent);
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 204 "));
}

TEST_F(ExchangeInterim, DropsHopByHopFields) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 103 Early Hints\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-Kept: 1\r\n\r\n");
    EXPECT_THAT(read_head(client), AllOf(HasSubstr("X-Kept: 1\r\n"), Not(HasSubstr("X-Hop")), Not(HasSubstr("Keep-Alive"))));
}

TEST_F(ExchangeInterim, DoesNotForwardContinueOfTheUpstream) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 100 Continue\r\n\r\n" + std::string{kNoContent});
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 204 "));
}

TEST_F(ExchangeInterim, SendsOnlyTheFinalResponseToHttp10Clients) {
    start();
    auto client = server_.connect();
    client.send("GET /a HTTP/1.0\r\nAuthorization: Bearer " + server_.mint() + "\r\n\r\n");
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n" + std::string{kNoContent});
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 204 "));
}

TEST_F(ExchangeInterim, ForwardsAtMostSixteenInterimResponses) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    for (int i = 0; i < 40; ++i) upstream.send("HTTP/1.1 103 Early Hints\r\nX-Number: " + std::to_string(i) + "\r\n\r\n");
    upstream.send(kNoContent);
    int count = 0;
    auto head = read_head(client);
    for (; head.starts_with("HTTP/1.1 103 "); head = read_head(client)) {
        EXPECT_THAT(head, HasSubstr("X-Number: " + std::to_string(count) + "\r\n"));
        ++count;
    }
    EXPECT_EQ(count, 16);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 204 "));
}

TEST_F(ExchangeInterim, CountsInterimResponsesPerRequest) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    for (int i = 0; i < 20; ++i) upstream.send("HTTP/1.1 103 Early Hints\r\n\r\n");
    upstream.send(kNoContent);
    while (read_head(client).starts_with("HTTP/1.1 103 ")) {}
    client.send(request("GET /a"));
    static_cast<void>(upstream.read_through("\r\n\r\n"));
    upstream.send("HTTP/1.1 103 Early Hints\r\n\r\n" + std::string{kNoContent});
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 103 "));
}

TEST_F(ExchangeInterim, ReusesTheConnectionAfterPlainHints) {
    start();
    auto first = server_.connect();
    first.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 103 Early Hints\r\n\r\n" + std::string{kNoContent});
    static_cast<void>(read_head(first));
    static_cast<void>(read_head(first));
    auto second = server_.connect();
    second.send(request("GET /a"));
    EXPECT_THAT(upstream.read_through("\r\n\r\n"), StartsWith("GET /a "));
}

TEST_F(ExchangeInterim, DoesNotShareAConnectionWhoseHintOffersConnectionAuthentication) {
    start();
    auto first = server_.connect();
    first.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 103 Early Hints\r\nWWW-Authenticate: Negotiate\r\n\r\n" + std::string{kNoContent});
    static_cast<void>(read_head(first));
    static_cast<void>(read_head(first));
    auto second = server_.connect();
    second.send(request("GET /a"));
    auto other = acceptor_.accept();
    EXPECT_THAT(other.read_through("\r\n\r\n"), StartsWith("GET /a "));
}

}  // namespace
}  // namespace warder::gateway
