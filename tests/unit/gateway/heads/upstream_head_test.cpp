// SPDX-License-Identifier: MIT
#include "gateway/heads/upstream_head.hpp"

#include "gateway/routes/route_table.hpp"
#include "gateway/routes/upstream_url.hpp"
#include "http/request_text.hpp"

#include <array>
#include <string>

namespace warder::gateway {
namespace {

using http::tests::RequestText;
using Kind = UpstreamCredentialSource::Kind;

/// The input of append_upstream_head for one request, with defaults for whatever a test doesn't set.
struct HeadInput {
    RouteSettings route;
    std::optional<Identity> identity;
    std::optional<InjectedHeader> credential;
    BodyFraming body;
    bool is_websocket = false;

    HeadInput() {
        route.prefix = "/a";
        route.upstream = read_upstream_url("http://up:81").value();
    }

    [[nodiscard]] std::string head(RequestText const& text) const {
        auto const connection = http::check_connection(text.request()).value();
        std::string out;
        append_upstream_head(out, {.request = text.request(),
                                   .connection = connection,
                                   .route = route,
                                   .client = {.address = "192.0.2.1", .proto = "https", .host = text.request().find("host").value},
                                   .identity = identity,
                                   .credential = credential,
                                   .body = body,
                                   .is_websocket = is_websocket});
        return out;
    }

    /// Returns the fields that result from these lines of the client: those between Host and the fields that the
    /// gateway adds.
    [[nodiscard]] std::string passed(std::string const& lines) const {
        auto const all = head(RequestText{"GET /a\nHost: h\n" + lines});
        std::string_view rest = all;
        constexpr std::string_view kBefore = "GET /a HTTP/1.1\r\nHost: up:81\r\n";
        EXPECT_TRUE(rest.starts_with(kBefore)) << all;
        rest.remove_prefix(kBefore.size());
        auto const end = rest.find("Via: 1.1 warder\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\n");
        EXPECT_NE(end, std::string_view::npos) << all;
        return std::string{rest.substr(0, end)};
    }
};

TEST(AppendUpstreamHead, WritesTheCompleteHead) {
    HeadInput input;
    input.route.upstream = read_upstream_url("https://up/x").value();
    input.identity = Identity{.user = "alice", .token_id = "4a4b1ae4-3a7d-4b0e-9f0a-0a0b0c0d0e0f", .is_admin = true};
    input.credential = InjectedHeader{.name = "Authorization", .value = "Basic dTpw"};
    input.body = {.kind = BodyFraming::Kind::kLength, .length = 12};
    RequestText const text{
        "PUT /a/b?c=%2f\nHost: warder.example.org:8441\nAuthorization: Bearer x\nAccept: */*\nContent-Length: 12\nX-Mine: \"1\"\n"};
    EXPECT_EQ(input.head(text),
              "PUT /x/b?c=%2f HTTP/1.1\r\n"
              "Host: up\r\n"
              "Accept: */*\r\n"
              "X-Mine: \"1\"\r\n"
              "Content-Length: 12\r\n"
              "Via: 1.1 warder\r\n"
              "X-Forwarded-For: 192.0.2.1\r\n"
              "X-Forwarded-Proto: https\r\n"
              "X-Forwarded-Host: warder.example.org:8441\r\n"
              "X-Forwarded-Prefix: /a\r\n"
              "Authorization: Basic dTpw\r\n"
              "X-Warder-User: alice\r\n"
              "X-Warder-Token-Id: 4a4b1ae4-3a7d-4b0e-9f0a-0a0b0c0d0e0f\r\n"
              "X-Warder-Admin: 1\r\n"
              "\r\n");
}

TEST(AppendUpstreamHead, KeepsOtherFieldsUnchangedAndInOrder) {
    constexpr auto kLines =
        "accept: a\nX-Two: 1\nX-Two: 2\nx_three:   \nUpgrade-Insecure-Requests: 1\nOrigin: http://o\nContent-Type: text/plain\n"
        "X-Bytes: \xC3\xA9\t\"\nX-Warder: y\nXX-Warder-User: w\nX-Original: v\nProximity: p\nRange: bytes=0-1\n";
    EXPECT_EQ(HeadInput{}.passed(kLines),
              "accept: a\r\nX-Two: 1\r\nX-Two: 2\r\nx_three: \r\nUpgrade-Insecure-Requests: 1\r\nOrigin: http://o\r\nContent-Type: text/plain\r\n"
              "X-Bytes: \xC3\xA9\t\"\r\nX-Warder: y\r\nXX-Warder-User: w\r\nX-Original: v\r\nProximity: p\r\nRange: bytes=0-1\r\n");
}

TEST(AppendUpstreamHead, DropsHopByHopFields) {
    for (auto const* line :
         {"Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: x", "Proxy-Authenticate: x", "Proxy-Authorization: x", "TE: trailers",
          "Trailer: X-Sum", "Upgrade: h2c", "Upgrade: websocket", "Expect: 100-continue", "expect: other"})
        EXPECT_EQ(HeadInput{}.passed("A: 1\n" + std::string{line} + "\nB: 2\n"), "A: 1\r\nB: 2\r\n") << line;
    EXPECT_EQ(HeadInput{}.passed("Transfer-Encoding: chunked\n"), "");
    EXPECT_EQ(HeadInput{}.passed("Content-Length: 3\n"), "");
}

TEST(AppendUpstreamHead, DropsFieldsNamedByConnection) {
    EXPECT_EQ(HeadInput{}.passed("X-One: 1\nConnection: x-one, X_Two\nX-Two: 2\nx-two: 3\nX-Three: 3\nX-On: 4\nconnection: X-Three\n"),
              "X-On: 4\r\n");
    EXPECT_EQ(HeadInput{}.passed("Connection: close, Accept\nAccept: a\nClose: 1\n"), "Close: 1\r\n");
}

TEST(AppendUpstreamHead, DropsReservedFieldsInEverySpelling) {
    for (auto const* name : {"X-Warder-User",
                             "x-warder-user",
                             "X_Warder_User",
                             "X-Warder_User",
                             "x_WARDER-admin",
                             "X.Warder.User",
                             "X-Warder-Token",
                             "X-Warder-Token-Id",
                             "X-Warder-CSRF",
                             "X-Warder-Anything",
                             "X-Warder-",
                             "X-Forwarded-For",
                             "x_forwarded_for",
                             "X-Forwarded-Host",
                             "X-Forwarded-Proto",
                             "X-Forwarded-User",
                             "X_Forwarded-Whatever",
                             "X-Original-URI",
                             "X_Original_URL",
                             "x-original-method",
                             "Forwarded",
                             "FORWARDED",
                             "X-Real-IP",
                             "X_Real_IP",
                             "x-real_ip",
                             "Remote-User",
                             "Remote_User",
                             "REMOTE_USER",
                             "Content_Length",
                             "Transfer_Encoding",
                             "Keep_Alive",
                             "Proxy_Authorization"})
        EXPECT_EQ(HeadInput{}.passed("A: 1\n" + std::string{name} + ": evil\nB: 2\n"), "A: 1\r\nB: 2\r\n") << name;
}

TEST(AppendUpstreamHead, ForwardsAuthorizationOnlyWhereTheRouteIsSetToPass) {
    constexpr auto kLines = "authorization: Basic abc\nX-Warder-Token: eyJ\n";
    for (auto const kind : {Kind::kNone, Kind::kBasicFile, Kind::kBearerFile, Kind::kHeaderFile}) {
        HeadInput input;
        input.route.credential.kind = kind;
        EXPECT_EQ(input.passed(kLines), "");
    }
    HeadInput input;
    input.route.credential.kind = Kind::kPass;
    EXPECT_EQ(input.passed(kLines), "authorization: Basic abc\r\n");
}

TEST(AppendUpstreamHead, DropsTheInjectedHeaderOfTheClientInEverySpelling) {
    HeadInput input;
    input.route.credential = {.kind = Kind::kHeaderFile, .header_name = "X-Api-Key", .file = {}};
    constexpr auto kLines = "X-Api-Key: 1\nx_api_key: 2\nX-API_Key: 3\nX.Api.Key: 4\nX-Api-Keys: 5\nXApiKey: 6\n";
    EXPECT_EQ(input.passed(kLines), "X-Api-Keys: 5\r\nXApiKey: 6\r\n") << "also where there is nothing to send";
    input.credential = InjectedHeader{.name = "X-Api-Key", .value = "secret"};
    EXPECT_EQ(input.passed(kLines), "X-Api-Keys: 5\r\nXApiKey: 6\r\n");
    auto const head = input.head(RequestText{"GET /a\nHost: h\nX-Api-Key: mine\n"});
    EXPECT_NE(head.find("X-Forwarded-Host: h\r\nX-Api-Key: secret\r\n\r\n"), std::string::npos) << head;
}

TEST(AppendUpstreamHead, SendsTheInjectedHeaderEvenIfConnectionNamesIt) {
    HeadInput input;
    input.credential = InjectedHeader{.name = "X-Api-Key", .value = "secret"};
    auto const head = input.head(RequestText{"GET /a\nHost: h\nConnection: X-Api-Key, X-Forwarded-For\n"});
    EXPECT_NE(head.find("X-Api-Key: secret\r\n"), std::string::npos);
    EXPECT_NE(head.find("X-Forwarded-For: 192.0.2.1\r\n"), std::string::npos);
}

TEST(AppendUpstreamHead, RemovesTheSessionCookie) {
    for (auto const& [cookie, left] : std::to_array<std::pair<char const*, char const*>>({
             {"a=1; warder_session=x; b=2", "Cookie: a=1; b=2\r\n"},
             {"warder_session=x; b=2", "Cookie: b=2\r\n"},
             {"a=1; warder_session=x", "Cookie: a=1\r\n"},
             {"a=1; __Host-warder_session=x; b=2; warder_session=y", "Cookie: a=1; b=2\r\n"},
             {"a=1;warder_session=x;b=2;  c=\"3; 4\"", "Cookie: a=1;b=2;  c=\"3; 4\"\r\n"},
             {"a=1;\twarder_session =x; b", "Cookie: a=1; b\r\n"},
             {"warder_session", ""},
             {"warder_session=x", ""},
             {"warder_session=x; ", ""},
             {"warder_session=x;;; ;", ""},
             {"__Host-warder_session=", ""},
             {"warder_session=x; warder_session=y", ""},
             {"xwarder_session=x; warder_sessions=y; warder_session.sig=z", "Cookie: xwarder_session=x; warder_sessions=y; warder_session.sig=z\r\n"},
             {"a=warder_session; b=warder_session=c", "Cookie: a=warder_session; b=warder_session=c\r\n"},
             {"; a=1;;b=2 ;", "Cookie: ; a=1;;b=2 ;\r\n"},
             {"", "Cookie: \r\n"},
         }))
        EXPECT_EQ(HeadInput{}.passed("Cookie: " + std::string{cookie} + "\n"), left) << cookie;
}

TEST(AppendUpstreamHead, RemovesTheSessionCookieFromEachCookieHeader) {
    EXPECT_EQ(HeadInput{}.passed("Cookie: a=1\ncookie: warder_session=x\nX: y\nCOOKIE: warder_session=y; b=2\n"),
              "Cookie: a=1\r\nX: y\r\nCOOKIE: b=2\r\n");
}

TEST(AppendUpstreamHead, ConnectionMustNotNameCookie) {
    RequestText const text{"GET /a\nHost: h\nConnection: cookie\nCookie: warder_session=x\n"};
    EXPECT_FALSE(http::check_connection(text.request()).has_value());
}

TEST(AppendUpstreamHead, SendsTheIdentityUnlessTheRouteIsOpen) {
    HeadInput input;
    input.identity = Identity{.user = "bob", .token_id = "id", .is_admin = false};
    RequestText const text{"GET /a\nHost: h\nX-Warder-Admin: 1\nX_Warder_Admin: 1\n"};
    EXPECT_TRUE(input.head(text).ends_with("X-Warder-User: bob\r\nX-Warder-Token-Id: id\r\nX-Warder-Admin: 0\r\n\r\n"));
    input.route.auth = RouteSettings::Auth::kNone;
    EXPECT_EQ(input.head(text).find("X-Warder"), std::string::npos);
}

TEST(AppendUpstreamHead, WritesTheFramingOfTheBody) {
    HeadInput input;
    RequestText const text{"POST /a\nHost: h\nTransfer-Encoding: chunked\n"};
    auto const count = [](std::string const& head, std::string_view what) { return head.find(what) != std::string::npos; };
    EXPECT_FALSE(count(input.head(text), "ontent-") || count(input.head(text), "ransfer-"));
    input.body = {.kind = BodyFraming::Kind::kChunked};
    EXPECT_TRUE(count(input.head(text), "\r\nTransfer-Encoding: chunked\r\n"));
    input.body = {.kind = BodyFraming::Kind::kLength, .length = 18'446'744'073'709'551'615ULL};
    EXPECT_TRUE(count(input.head(text), "\r\nContent-Length: 18446744073709551615\r\n"));
    EXPECT_FALSE(count(input.head(text), "ransfer-"));
    input.body = {.kind = BodyFraming::Kind::kLength, .length = 0};
    EXPECT_TRUE(count(input.head(text), "\r\nContent-Length: 0\r\n"));
}

TEST(AppendUpstreamHead, UpgradesOnlyToWebsocket) {
    HeadInput input;
    RequestText const text{
        "GET /a\nHost: h\nConnection: keep-alive, Upgrade\nUpgrade: h2c, websocket\nSec-WebSocket-Key: k\nSec-WebSocket-Version: 13\n"};
    EXPECT_EQ(input.head(text).find("pgrade:"), std::string::npos);
    input.is_websocket = true;
    auto const head = input.head(text);
    EXPECT_NE(head.find("Sec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n"), std::string::npos);
    EXPECT_TRUE(head.ends_with("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
    EXPECT_EQ(head.find("h2c"), std::string::npos);
}

TEST(AppendUpstreamHead, OmitsForwardedHostForHttp10WithoutHost) {
    auto const head = HeadInput{}.head(RequestText{"GET /a\nAccept: a\n", 0});
    EXPECT_EQ(head,
              "GET /a HTTP/1.1\r\nHost: up:81\r\nAccept: a\r\nVia: 1.1 warder\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n");
}

TEST(AppendUpstreamHead, WritesTheOriginFormOfAnAbsoluteTarget) {
    auto const head = HeadInput{}.head(RequestText{"GET http://h/a/b?q\nHost: h\n"});
    EXPECT_TRUE(head.starts_with("GET /a/b?q HTTP/1.1\r\nHost: up:81\r\n")) << head;
}

}  // namespace
}  // namespace warder::gateway
