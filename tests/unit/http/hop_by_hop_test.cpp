// SPDX-License-Identifier: MIT
#include "http/hop_by_hop.hpp"

#include "http/request_text.hpp"

#include <string>

namespace warder::http {
namespace {

using http::tests::RequestText;

unsigned verdict(std::string const& connection_lines) {
    RequestText const text{"GET /a\nHost: h\n" + connection_lines};
    auto const checked = check_connection(text.request());
    return checked ? 200 : checked.error().status;
}

TEST(CheckConnection, AcceptsNamesThatAClientMayList) {
    for (auto const* lines : {"", "Connection: close\n", "Connection: keep-alive, X-Mine\n", "Connection:\n", "Connection: ,, ,\n",
                              "Connection: X-Warder\n", "Connection: Cookie2\n", "Connection: X-Forwarded-For\n"})
        EXPECT_EQ(verdict(lines), 200U) << lines;
}

TEST(CheckConnection, RejectsNamesThatAClientMustNotList) {
    for (auto const* name : {"Host", "hOST", "Content-Length", "content_length", "Authorization", "Cookie", "cookie", "X-Warder-User",
                             "x-warder-user", "X_Warder_Admin", "x-warder_token-id", "X.Warder.Admin", "X-Warder-", "X-Warder-Anything"}) {
        EXPECT_EQ(verdict("Connection: " + std::string{name} + "\n"), 400U) << name;
        EXPECT_EQ(verdict("Connection: close,\t" + std::string{name} + " ,x\n"), 400U) << name;
        EXPECT_EQ(verdict("Connection: close\nX: y\ncONNECTION: " + std::string{name} + "\n"), 400U) << name << " in the second line";
    }
}

TEST(CheckConnection, RejectsMoreThanTheMaximumNumberOfNames) {
    std::string list = "close, keep-alive, upgrade";
    for (std::size_t i = 0; i < kMaxConnectionNames; ++i) list += ", x" + std::to_string(i);
    EXPECT_EQ(verdict("Connection: " + list + "\n"), 200U);
    EXPECT_EQ(verdict("Connection: " + list + ", y\n"), 400U);
    EXPECT_EQ(verdict("Connection: " + list + "\nConnection: y\n"), 400U);
}

TEST(ReadConnection, CombinesAllConnectionHeaders) {
    RequestText const text{"GET /a\nHost: h\nConnection: Close\nconnection: , Keep-Alive ,X-One\nConnection: upgrade\n"};
    auto const options = check_connection(text.request()).value();
    EXPECT_TRUE(options.has_close);
    EXPECT_TRUE(options.has_keep_alive);
    EXPECT_TRUE(options.has_upgrade);
    EXPECT_EQ(options.name_count, 1U);
    EXPECT_TRUE(options.names_field("x-ONE"));
    EXPECT_TRUE(options.names_field("X_One")) << "a server may treat it as the same";
    EXPECT_FALSE(options.names_field("x-on"));
    EXPECT_FALSE(options.names_field("close"));
}

TEST(IsHopByHop, RecognizesHopByHopNamesInEverySpelling) {
    for (auto const* name : {"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "te", "Trailer",
                             "Transfer-Encoding", "TRANSFER-ENCODING", "transfer_encoding", "Transfer_Encoding", "Upgrade", "proxy_connection"})
        EXPECT_TRUE(is_hop_by_hop(name)) << name;
    for (auto const* name : {"", "T", "TEE", "Trailers", "Host", "Cookie", "Upgrade-Insecure-Requests", "Content-Encoding", "Proxy", "Keep-Alives",
                             "a-header-whose-name-is-longer-than-that-of-any-header-known-here"})
        EXPECT_FALSE(is_hop_by_hop(name)) << name;
}

TEST(WantsWebsocket, RequiresBothHeadersAndGetWithoutABody) {
    auto const wants = [](std::string const& lines, int minor_version = 1) {
        RequestText const text{lines, minor_version};
        return wants_websocket(text.request(), text.facts(), check_connection(text.request()).value());
    };
    EXPECT_TRUE(wants("GET /a\nHost: h\nConnection: Upgrade\nUpgrade: websocket\n"));
    EXPECT_TRUE(wants("GET /a\nHost: h\nupgrade: WebSocket\nconnection: keep-alive, upgrade\n"));
    EXPECT_TRUE(wants("GET /a\nHost: h\nConnection: Upgrade\nUpgrade: h2c, websocket\nContent-Length: 0\n"));
    for (auto const* lines :
         {"POST /a\nHost: h\nConnection: Upgrade\nUpgrade: websocket\n", "get /a\nHost: h\nConnection: Upgrade\nUpgrade: websocket\n",
          "GET /a\nHost: h\nUpgrade: websocket\n", "GET /a\nHost: h\nConnection: Upgrade\n", "GET /a\nHost: h\nConnection: Upgrade\nUpgrade: h2c\n",
          "GET /a\nHost: h\nConnection: Upgrade\nUpgrade: websockets\n",
          "GET /a\nHost: h\nConnection: Upgrade\nUpgrade: websocket\nContent-Length: 1\n",
          "GET /a\nHost: h\nConnection: Upgrade\nUpgrade: websocket\nTransfer-Encoding: chunked\n"})
        EXPECT_FALSE(wants(lines)) << lines;
    EXPECT_FALSE(wants("GET /a\nHost: h\nConnection: Upgrade\nUpgrade: websocket\n", 0));
}

}  // namespace
}  // namespace warder::http
