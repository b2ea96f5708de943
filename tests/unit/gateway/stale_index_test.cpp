// SPDX-License-Identifier: MIT
// What the gateway does with new requests and those in flight while it can't prove that its token index is fresh.
#include "gateway/live_gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace warder::gateway {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class GatewayStaleIndexTest : public tests::LiveGateway {};

auto const kIsUnavailable = AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\nRetry-After: 1\r\n"), HasSubstr(R"("error":"unavailable")"));

TEST_F(GatewayStaleIndexTest, NewRequestReturns503AndDoesNotReachTheUpstream) {
    start();
    server_.make_index_stale();
    auto client = server_.connect();
    client.send(request("GET /a"));
    EXPECT_THAT(read_response(client), kIsUnavailable);
    EXPECT_FALSE(acceptor_.has_connection());
    EXPECT_THAT(server_.stop(), HasSubstr("reason=stale_index surface=gateway"));
}

TEST_F(GatewayStaleIndexTest, RouteThatNeedsNoTokenIsForwarded) {
    auto open = route("/open");
    open.auth = RouteSettings::Auth::kNone;
    start(open);
    server_.make_index_stale();
    auto client = server_.connect();
    client.send("GET /open HTTP/1.1\r\nHost: warder.test\r\n\r\n");
    auto upstream = accept_request();
    upstream.send(tests::kNoContent);
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 204 "));
}

TEST_F(GatewayStaleIndexTest, RequestToASilentUpstreamEndsWith503) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto const upstream = accept_request();
    server_.make_index_stale();
    EXPECT_THAT(read_response(client), kIsUnavailable);
}

TEST_F(GatewayStaleIndexTest, StreamEnds) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(client.read(8), "3\r\none\r\n");
    server_.make_index_stale();
    EXPECT_THAT(client.read_to_end(), Not(HasSubstr("0\r\n\r\n"))) << "the client must see that the response is incomplete";
    EXPECT_THAT(server_.stop(), HasSubstr("reason=stale_index surface=gateway"));
}

TEST_F(GatewayStaleIndexTest, WebSocketIsClosed) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a",
                        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    auto upstream = accept_request();
    upstream.send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 101 "));
    server_.make_index_stale();
    EXPECT_THAT(client.read(4), StartsWith("\x88")) << "a close frame";
}

TEST_F(GatewayStaleIndexTest, JsonRpcRequestReturns503IfTheIndexBecomesStaleWhileItsBodyArrives) {
    auto rpc = route("/rpc");
    rpc.json_rpc = true;
    start(rpc);
    auto client = server_.connect();
    auto const token = server_.mint({"POST /rpc rpc:get*"});
    std::string const body = R"({"method":"getinfo"})";
    server_.make_index_stale_after_one_look();
    client.send(request_with(token, "POST /rpc", "Content-Length: " + std::to_string(body.size()) + "\r\n") + body);
    EXPECT_THAT(read_response(client), kIsUnavailable);
    EXPECT_FALSE(acceptor_.has_connection());
}

}  // namespace
}  // namespace warder::gateway
