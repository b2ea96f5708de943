// SPDX-License-Identifier: MIT
#include "gateway/heads/client_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::gateway {
namespace {

using Body = ResponseFraming::Body;
using Fields = std::vector<http::HeaderField>;

std::string head(unsigned status, std::string_view reason, Fields const& fields, ResponseFraming const& framing) {
    auto const connection = http::read_connection(fields).value();
    std::string out;
    append_client_head(out, {.status = status, .reason = reason, .fields = fields, .connection = connection}, framing, "D");
    return out;
}

/// Returns the fields that result from these, between the status line and the framing.
std::string passed(Fields fields) {
    fields.push_back({"Date", "x"});
    auto const all = head(200, "OK", fields, {.body = Body::kLength, .length = 7});
    constexpr std::string_view kBefore = "HTTP/1.1 200 OK\r\n";
    constexpr std::string_view kBehind = "Date: x\r\nContent-Length: 7\r\n\r\n";
    EXPECT_TRUE(all.starts_with(kBefore) && all.ends_with(kBehind)) << all;
    return all.substr(kBefore.size(), all.size() - kBefore.size() - kBehind.size());
}

TEST(AppendClientHead, KeepsStatusAndFieldsUnchanged) {
    EXPECT_EQ(
        passed({{"server", "nginx"}, {"Set-Cookie", "a=1; Path=/"}, {"Set-Cookie", "session=warder_session"}, {"X_Odd", "\xC3\xA9"}, {"Empty", ""}}),
        "server: nginx\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: session=warder_session\r\nX_Odd: \xC3\xA9\r\nEmpty: \r\n");
    EXPECT_TRUE(head(299, "Odd, but mine", {}, {}).starts_with("HTTP/1.1 299 Odd, but mine\r\n"));
    EXPECT_TRUE(head(200, "", {}, {}).starts_with("HTTP/1.1 200 \r\n")) << "the space stays (RFC 9112 §4)";
}

TEST(AppendClientHead, DropsTheSessionCookie) {
    for (auto const* cookie :
         {"warder_session=b; Path=/", "__Host-warder_session=b", " warder_session =b", "=warder_session=b", "warder_session;x", "warder_session"})
        EXPECT_EQ(passed({{"A", "1"}, {"set_cookie", cookie}, {"Set-Cookie", cookie}}), "A: 1\r\n") << cookie;
    for (auto const* cookie : {"Warder_session=b", "x=warder_session=b", "my_warder_session=b", "", "="})
        EXPECT_EQ(passed({{"Set-Cookie", cookie}}), "Set-Cookie: " + std::string{cookie} + "\r\n") << cookie;
}

TEST(AppendClientHead, DropsHopByHopFields) {
    for (auto const* name : {"Connection", "keep-alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer",
                             "Transfer-Encoding", "Upgrade", "Content-Length", "content-length"})
        EXPECT_EQ(passed({{"A", "1"}, {name, "x"}, {"B", "2"}}), "A: 1\r\nB: 2\r\n") << name;
    EXPECT_EQ(passed({{"X-One", "1"}, {"Connection", "close, x-one"}, {"X-Two", "2"}, {"connection", "X-TWO"}, {"X-Three", "3"}}), "X-Three: 3\r\n");
}

TEST(AppendClientHead, AddsAMissingDate) {
    EXPECT_NE(head(200, "OK", {{"A", "1"}}, {}).find("\r\nDate: D\r\n"), std::string::npos);
    EXPECT_EQ(head(200, "OK", {{"date", "theirs"}}, {}).find("Date: D"), std::string::npos);
    EXPECT_NE(head(200, "OK", {{"Date", "x"}, {"Connection", "date"}}, {}).find("\r\nDate: D\r\n"), std::string::npos);
}

TEST(AppendClientHead, KeepsTheLengthOfABodyThatIsNotSent) {
    Fields const fields{{"Date", "x"}, {"Content-Length", "42"}, {"Transfer-Encoding", "chunked"}};
    EXPECT_EQ(head(200, "OK", fields, {.body = Body::kOnlyLength}), "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 42\r\n\r\n");
    EXPECT_EQ(head(200, "OK", {{"Date", "x"}}, {.body = Body::kOnlyLength}), "HTTP/1.1 200 OK\r\nDate: x\r\n\r\n");
    EXPECT_EQ(head(200, "OK", {{"Date", "x"}, {"Content-Length", "1"}, {"content-length", "2"}}, {.body = Body::kOnlyLength}),
              "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 1\r\n\r\n");
    EXPECT_EQ(head(204, "No Content", fields, {.body = Body::kNone}), "HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n");
}

TEST(AppendClientHead, WritesFramingAndConnection) {
    Fields const fields{{"Date", "x"}, {"Connection", "close"}};
    auto const rest = [&](ResponseFraming const& framing) { return head(200, "OK", fields, framing).substr(26); };
    EXPECT_EQ(rest({.body = Body::kLength, .length = 0}), "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(rest({.body = Body::kChunked}), "Transfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(rest({.body = Body::kChunked, .keeps_alive = false}), "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(rest({.body = Body::kLength, .length = 5, .minor_version = 0}), "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(rest({.body = Body::kUntilClose, .minor_version = 0}), "Connection: close\r\n\r\n");
}

TEST(AppendClientHead, AddsNoFieldsToAnInterimResponse) {
    EXPECT_EQ(head(103, "Early Hints", {{"Link", "</a>"}}, {.keeps_alive = false}), "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
}

TEST(AppendClientHead, ForwardsTheSwitchToWebsocket) {
    EXPECT_EQ(head(101, "Switching Protocols", {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", "k"}},
                   {.is_websocket = true}),
              "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
}

TEST(FrameResponse, ChoosesBodyFramingAndKeepAlive) {
    struct {
        unsigned status;
        std::optional<std::uint64_t> length;
        ClientWire wire;
        Body body;
        bool keeps_alive;
    } const rows[] = {
        {200, 5, {}, Body::kLength, true},
        {200, 0, {}, Body::kLength, true},
        {200, {}, {}, Body::kChunked, true},
        {200, {}, {.keeps_alive = false}, Body::kChunked, false},
        {200, 5, {.minor_version = 0}, Body::kLength, true},
        {200, {}, {.minor_version = 0}, Body::kUntilClose, false},
        {200, 5, {.is_head = true}, Body::kOnlyLength, true},
        {200, {}, {.is_head = true}, Body::kOnlyLength, true},
        {200, {}, {.is_head = true, .minor_version = 0}, Body::kOnlyLength, true},
        {304, 5, {}, Body::kOnlyLength, true},
        {304, {}, {.minor_version = 0}, Body::kOnlyLength, true},
        {204, 5, {}, Body::kNone, true},
        {204, {}, {.is_head = true}, Body::kNone, true},
        {101, {}, {}, Body::kNone, true},
        {103, 5, {.is_head = true}, Body::kNone, true},
        {404, {}, {}, Body::kChunked, true},
        {502, 9, {.keeps_alive = false}, Body::kLength, false},
    };
    for (auto const& [status, length, wire, body, keeps_alive] : rows) {
        auto const framing = frame_response(status, length, wire);
        auto const shown = std::to_string(status) + (length ? " with" : " without") + " length, HTTP/1." + std::to_string(wire.minor_version);
        EXPECT_EQ(framing.body, body) << shown;
        EXPECT_EQ(framing.keeps_alive, keeps_alive) << shown;
        EXPECT_EQ(framing.minor_version, wire.minor_version) << shown;
        EXPECT_TRUE(body != Body::kLength || framing.length == length) << shown;
    }
}

}  // namespace
}  // namespace warder::gateway
