// SPDX-License-Identifier: MIT
// What an exchange derives from its request: the destination for the upstream, whose upstream connection it may use,
// and which header held the token.
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

class ExchangeTest : public tests::LiveGateway {
  protected:
    /// Returns the response to a request that must not reach the upstream.
    std::string rejected_response(std::string_view fields) {
        auto client = server_.connect();
        client.send(request("MOVE /dav/a", fields));
        auto response = read_response(client);
        EXPECT_FALSE(acceptor_.has_connection()) << fields;
        return response;
    }
};

TEST_F(ExchangeTest, TranslatesTheDestinationForTheUpstream) {
    start(route("/dav", "/files"));
    for (auto const* destination : {"/dav/b", "http://warder.test/dav/b"}) {
        auto client = server_.connect();
        client.send(request("MOVE /dav/a", "Destination: " + std::string{destination} + "\r\n"));
        auto upstream = accept_request();
        EXPECT_THAT(upstream_head_, StartsWith("MOVE /files/a "));
        EXPECT_THAT(upstream_head_, testing::ContainsRegex("\r\nDestination: (http://127.0.0.1:[0-9]+)?/files/b\r\n")) << destination;
        upstream.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 204 "));
    }
}

TEST_F(ExchangeTest, Returns403ForADestinationOutsideTheRoute) {
    start({route("/dav", "/files"), route("/other")});
    for (auto const* destination : {"/other/b", "/", "/davros", "http://warder.test/other/b"}) {
        auto const response = rejected_response("Destination: " + std::string{destination} + "\r\n");
        EXPECT_THAT(response, AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("not below the route"))) << destination;
    }
}

TEST_F(ExchangeTest, Returns403ForADestinationOnAnotherHost) {
    start(route("/dav"));
    for (auto const* destination : {"http://evil.test/dav/b", "http://warder.test:81/dav/b", "//evil.test/dav/b"}) {
        auto const response = rejected_response("Destination: " + std::string{destination} + "\r\n");
        EXPECT_THAT(response, testing::MatchesRegex("HTTP/1.1 40[03] .*")) << destination;
    }
    EXPECT_THAT(rejected_response("Destination: http://evil.test/dav/b\r\n"), HasSubstr("another host"));
}

TEST_F(ExchangeTest, Returns400ForAnAmbiguousDestination) {
    start(route("/dav"));
    for (auto const* destination : {"/dav/../b", "/dav/%2e%2e/b", "/dav//b", "/dav/b%2Fc"}) {
        auto const response = rejected_response("Destination: " + std::string{destination} + "\r\n");
        EXPECT_THAT(response, AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("bad_path"))) << destination;
    }
}

TEST_F(ExchangeTest, Returns400ForTwoDestinations) {
    start(route("/dav"));
    EXPECT_THAT(rejected_response("Destination: /dav/b\r\nDestination: /dav/c\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ExchangeTest, ReusesAnAuthenticatedConnectionForTheSameToken) {
    start();
    auto client = server_.connect();
    auto const token = server_.mint();
    client.send(request_with(token, "GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 401 "));
    client.send(request_with(token, "GET /a/again"));
    EXPECT_THAT(upstream.read_through("\r\n\r\n"), StartsWith("GET /a/again "));
}

TEST_F(ExchangeTest, DoesNotReuseAnAuthenticatedConnectionForAnotherToken) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 401 "));
    client.send(request("GET /a/another"));
    auto const other = accept_request();
    EXPECT_THAT(upstream_head_, StartsWith("GET /a/another "));
    EXPECT_EQ(upstream.read_to_end(), "") << "the remaining connection is closed";
}

/// How a cacheable response reaches the client.
class CachingByToken : public ExchangeTest {
  protected:
    std::string response_to(std::string const& request) {
        auto client = server_.connect();
        client.send(request);
        auto upstream = accept_request();
        upstream.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        upstream.close();
        return read_head(client);
    }
};

TEST_F(CachingByToken, LeavesTheResponseToATokenInAuthorizationUnchanged) {
    start();
    EXPECT_THAT(response_to(request("GET /a")), AllOf(HasSubstr("Cache-Control: max-age=60\r\n"), Not(HasSubstr("private"))));
}

TEST_F(CachingByToken, MakesTheResponseToATokenInAnotherHeaderPrivate) {
    start();
    EXPECT_THAT(response_to("GET /a HTTP/1.1\r\nHost: warder.test\r\nX-Warder-Token: " + server_.mint() + "\r\n\r\n"),
                HasSubstr("Cache-Control: max-age=60, private"));
}

TEST_F(CachingByToken, MakesTheResponsePrivateWhenAuthorizationIsForTheUpstream) {
    auto passing = route("/a");
    passing.credential.kind = UpstreamCredentialSource::Kind::kPass;
    start(passing);
    EXPECT_THAT(response_to("GET /a HTTP/1.1\r\nHost: warder.test\r\nAuthorization: Basic eDp5\r\nX-Warder-Token: " + server_.mint() + "\r\n\r\n"),
                HasSubstr("private"));
}

TEST_F(CachingByToken, LeavesTheResponseOfAnOpenRouteUnchanged) {
    auto open = route("/a");
    open.auth = RouteSettings::Auth::kNone;
    start(open);
    auto const head = response_to("GET /a HTTP/1.1\r\nHost: warder.test\r\n\r\n");
    EXPECT_THAT(head, AllOf(HasSubstr("Cache-Control: max-age=60\r\n"), Not(HasSubstr("X-Accel-Expires"))));
}

}  // namespace
}  // namespace warder::gateway
