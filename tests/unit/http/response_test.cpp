// SPDX-License-Identifier: MIT
#include "http/response.hpp"

#include "core/text/json_writer.hpp"
#include "core/text/times.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace warder::http {
namespace {

std::string number(double value) {
    std::string out;
    core::append_json_number(out, value);
    return out;
}

TEST(AppendResponse, WritesHeadAndBody) {
    Response response;
    response.body = "{}";
    response.add("Location", "/x");
    std::string out;
    append_response(out, response, {.date = "D"});
    EXPECT_EQ(out,
              "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\nCache-Control: no-store\r\n"
              "X-Content-Type-Options: nosniff\r\nLocation: /x\r\n\r\n{}");
}

TEST(AppendResponse, WritesContentTypeAndCacheControl) {
    Response response;
    response.body = "p {}";
    response.content_type = "text/css; charset=utf-8";
    response.cache_control = "no-cache";
    std::string out;
    append_response(out, response, {.date = "D"});
    EXPECT_EQ(out,
              "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: text/css; charset=utf-8\r\nContent-Length: 4\r\nCache-Control: no-cache\r\n"
              "X-Content-Type-Options: nosniff\r\n\r\np {}");
}

TEST(AppendResponse, OmitsTheBodyButKeepsItsLengthForHead) {
    Response response;
    response.body = "{}";
    std::string out;
    append_response(out, response, {.is_head = true, .date = "D"});
    EXPECT_NE(out.find("Content-Length: 2\r\n"), std::string::npos);
    EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

TEST(AppendResponse, WritesWhetherTheConnectionIsKeptAlive) {
    std::string closed;
    append_response(closed, {}, {.keeps_alive = false, .date = "D"});
    EXPECT_NE(closed.find("Connection: close\r\n"), std::string::npos);
    std::string kept;
    append_response(kept, {}, {.minor_version = 0, .date = "D"});
    EXPECT_NE(kept.find("Connection: keep-alive\r\n"), std::string::npos);
}

TEST(AppendResponse, OmitsContentHeadersForStatusesWithoutABody) {
    for (auto const& [status, line] : {std::pair{204U, "HTTP/1.1 204 No Content\r\n"}, {304U, "HTTP/1.1 304 Not Modified\r\n"}}) {
        Response response;
        response.status = status;
        std::string out;
        append_response(out, response, {.date = "D"});
        EXPECT_TRUE(out.starts_with(line));
        EXPECT_EQ(out.find("\r\nContent-"), std::string::npos);
        EXPECT_TRUE(out.ends_with("\r\n\r\n"));
    }
}

TEST(AppendJsonNumber, WritesTheShortestFormWithoutAnExponent) {
    EXPECT_EQ(number(360), "360");
    EXPECT_EQ(number(0), "0");
    EXPECT_EQ(number(1.5), "1.5");
    EXPECT_EQ(number(359.123456), "359.123456");
    EXPECT_EQ(number(1e15), "1000000000000000");
    EXPECT_EQ(number(1e-6), "0.000001");
}

TEST(AppendJsonString, EscapesCharactersThatJsonForbids) {
    std::string out;
    core::append_json_string(out, "a\"b\\c\n\x7F\xC3\xA9");
    EXPECT_EQ(out, "\"a\\\"b\\\\c\\u000a\\u007f\xC3\xA9\"");
}

TEST(JsonObject, WritesMembersInCallOrder) {
    std::string out;
    core::JsonObject{out}.text("z", "x").flag("a", false).null("n").integer("i", -5).number("d", 0.5).close();
    EXPECT_EQ(out, R"({"z":"x","a":false,"n":null,"i":-5,"d":0.5})");
}

TEST(FormatTime, WritesHttpDatesAndRfc3339InUtc) {
    Instant const instant{std::chrono::seconds{784'111'777}};
    EXPECT_EQ(core::http_date(instant), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(core::rfc3339(instant), "1994-11-06T08:49:37Z");
}

}  // namespace
}  // namespace warder::http
