// SPDX-License-Identifier: MIT
#include "http/request_head.hpp"

#include "http/request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::http {
namespace {

std::expected<HeadFacts, HeadError> facts_of(std::string_view text) {
    Request request;
    return read_head(text, request);
}

std::string head(std::string_view request_line, std::string_view fields = "Host: h\r\n") {
    return std::string{request_line} + "\r\n" + std::string{fields} + "\r\n";
}

unsigned status_of(std::string const& text) {
    auto const facts = facts_of(text);
    return facts ? 200 : facts.error().status;
}

unsigned status_with(std::string_view fields) { return status_of(head("POST / HTTP/1.1", "Host: h\r\n" + std::string{fields})); }

TEST(ReadHead, AcceptsAPlainRequest) {
    auto const facts =
        facts_of("GET /v1alpha/whoami?x=%20 HTTP/1.1\r\nHost: example.org:8441\r\nAccept:\t*/*\r\nX-Empty:\r\nX-Text: caf\xC3\xA9\r\n\r\n");
    ASSERT_TRUE(facts.has_value());
    EXPECT_TRUE(facts->keeps_alive);
    EXPECT_FALSE(facts->is_chunked);
    EXPECT_FALSE(facts->content_length.has_value());
    EXPECT_EQ(facts->minor_version, 1);
}

TEST(ReadHead, ReportsTheLengthOfTheBody) {
    EXPECT_EQ(facts_of(head("POST / HTTP/1.1", "Host: h\r\ncontent-LENGTH: 0042\r\n"))->content_length, 42U);
    EXPECT_EQ(facts_of(head("POST / HTTP/1.1", "Host: h\r\nContent-Length: 99999999999999999999999\r\n"))->content_length, UINT64_MAX);
    EXPECT_TRUE(facts_of(head("POST / HTTP/1.1", "Host: h\r\nTransfer-Encoding: Chunked\r\n"))->is_chunked);
    EXPECT_TRUE(facts_of(head("POST / HTTP/1.1", "Host: h\r\nExpect: 100-Continue\r\n"))->expects_continue);
}

TEST(ReadHead, ReportsWhetherTheConnectionIsKeptAlive) {
    EXPECT_FALSE(facts_of(head("GET / HTTP/1.1", "Host: h\r\nConnection: x, Close\r\n"))->keeps_alive);
    EXPECT_FALSE(facts_of(head("GET / HTTP/1.0"))->keeps_alive);
    EXPECT_TRUE(facts_of(head("GET / HTTP/1.0", "Connection: keep-alive\r\n"))->keeps_alive);
    EXPECT_FALSE(facts_of(head("GET / HTTP/1.0", "Connection: keep-alive, close\r\n"))->keeps_alive);
}

TEST(ReadHead, RejectsMalformedRequestLines) {
    for (auto const* line : {"GET  / HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET /", "GET /a b HTTP/1.1", "G(T / HTTP/1.1",
                             "GET / HTTP/2.0", "GET / http/1.1", "GET / HTTP/1.12", "GET\t/ HTTP/1.1", "GET /#x HTTP/1.1", "GET /\x7F HTTP/1.1",
                             "GET /\xC3\xA9 HTTP/1.1", "GET x HTTP/1.1", "GET ftp://h/ HTTP/1.1", "GET * HTTP/1.1", "PRI * HTTP/2.0", ""}) {
        EXPECT_EQ(status_of(head(line)), 400U) << line;
    }
}

TEST(ReadHead, AcceptsEachFormOfTargetWithItsMethod) {
    EXPECT_EQ(status_of(head("OPTIONS * HTTP/1.1")), 200U);
    EXPECT_EQ(status_of(head("CONNECT h:443 HTTP/1.1")), 200U);
    EXPECT_EQ(status_of(head("GET http://h/x HTTP/1.1")), 200U);
    EXPECT_EQ(status_of(head("GET HTTP://H:80 HTTP/1.1")), 200U);
    EXPECT_EQ(status_of(head("GET /*'()|{} HTTP/1.1")), 200U);
}

TEST(ReadHead, RejectsATargetAuthorityThatDiffersFromHost) {
    EXPECT_EQ(status_of(head("GET http://other/ HTTP/1.1")), 400U);
    EXPECT_EQ(status_of(head("GET http://h:81/ HTTP/1.1")), 400U);
    EXPECT_EQ(status_of(head("GET http://u@h/ HTTP/1.1")), 400U);
    EXPECT_EQ(status_of(head("GET http:///x HTTP/1.1")), 400U);
}

TEST(ReadHead, RequiresExactlyOneValidHost) {
    EXPECT_EQ(status_of(head("GET / HTTP/1.1", "")), 400U);
    EXPECT_EQ(status_of(head("GET / HTTP/1.0", "")), 200U);
    EXPECT_EQ(status_of(head("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n")), 400U);
    EXPECT_EQ(status_of(head("GET / HTTP/1.0", "Host: a\r\nHost: a\r\n")), 400U);
    EXPECT_EQ(status_of(head("GET / HTTP/1.1", "Host:\r\n")), 200U);
    EXPECT_EQ(status_of(head("GET / HTTP/1.1", "Host: [::1]:80\r\n")), 200U);
    for (auto const* host : {"a b", "a@b", "a/b", "h:x", ":80", "[::1", "a\"b"})
        EXPECT_EQ(status_of(head("GET / HTTP/1.1", "Host: " + std::string{host} + "\r\n")), 400U) << host;
}

TEST(ReadHead, RejectsAmbiguousHeaderLines) {
    for (auto const* fields : {"X: a\r\n folded\r\n", " X: a\r\n", "X : a\r\n", "X\t: a\r\n", ": a\r\n", "no colon\r\n", "X: a\rb\r\n",
                               "X: a\nY: b\r\n", "X: \x01\r\n", "X: \x7F\r\n", "X(: a\r\n"}) {
        EXPECT_EQ(status_with(fields), 400U) << fields;
    }
    EXPECT_EQ(status_with(std::string_view{"X: a\0b\r\n", 8}), 400U);
}

TEST(ReadHead, RejectsConflictingOrInvalidContentLengths) {
    EXPECT_EQ(status_with("Content-Length: 1\r\nContent-Length: 1\r\n"), 400U);
    EXPECT_EQ(status_with("Content-Length: 1, 1\r\n"), 400U);
    EXPECT_EQ(status_with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400U);
    for (auto const* length : {"+1", "-1", "0x1", "1 1", "", "1.0"})
        EXPECT_EQ(status_with("Content-Length: " + std::string{length} + "\r\n"), 400U) << length;
}

TEST(ReadHead, SupportsOnlyTheChunkedTransferCoding) {
    for (auto const* coding : {"chunked, chunked", "chunked, gzip", "gzip", "identity", "xchunked", "", "chunked;q=1", "chunked,", "\vchunked"})
        EXPECT_EQ(status_with("Transfer-Encoding: " + std::string{coding} + "\r\n"), 400U) << coding;
    EXPECT_EQ(status_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400U);
    EXPECT_EQ(status_with("Transfer-Encoding: gzip, chunked\r\n"), 501U);
    EXPECT_EQ(status_with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 501U);
    EXPECT_EQ(status_of(head("POST / HTTP/1.0", "Host: h\r\nTransfer-Encoding: chunked\r\n")), 400U);
}

TEST(ReadHead, RejectsMoreThan64Fields) {
    std::string fields = "Host: h\r\n";
    for (int i = 0; i < 63; ++i) fields += "X: y\r\n";
    EXPECT_EQ(status_of(head("GET / HTTP/1.1", fields)), 200U);
    EXPECT_EQ(status_of(head("GET / HTTP/1.1", fields + "X: y\r\n")), 431U);
}

TEST(HeadScanner, FindsTheEndWhenScanningByteByByte) {
    std::string const text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    HeadScanner scanner;
    for (std::size_t i = 1; i < text.size(); ++i) EXPECT_EQ(scanner.scan(std::string_view{text}.substr(0, i)), HeadScanner::State::kIncomplete) << i;
    EXPECT_EQ(scanner.scan(text + "next"), HeadScanner::State::kComplete);
    EXPECT_EQ(scanner.length(), text.size());
}

TEST(HeadScanner, ReportsABareLineEndImmediately) {
    EXPECT_EQ(HeadScanner{}.scan("GET / HTTP/1.1\n"), HeadScanner::State::kBareLineEnd);
    EXPECT_EQ(HeadScanner{}.scan("\n"), HeadScanner::State::kBareLineEnd);
    EXPECT_EQ(HeadScanner{}.scan("GET / HTTP/1.1\rH"), HeadScanner::State::kBareLineEnd);
}

TEST(HeadScanner, ReportsTooLargeOneByteBeyondTheLimit) {
    std::string const start = "GET / HTTP/1.1\r\nX: ";
    auto const of_size = [&start](std::size_t size) { return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n"; };
    EXPECT_EQ(HeadScanner{}.scan(of_size(kMaxHead)), HeadScanner::State::kComplete);
    EXPECT_EQ(HeadScanner{}.scan(of_size(kMaxHead + 1)), HeadScanner::State::kTooLarge);
    EXPECT_EQ(HeadScanner{}.scan(start + std::string(kMaxHead, 'x')), HeadScanner::State::kTooLarge);
}

TEST(ReadHead, RefersToTheOriginalBytes) {
    std::string const text = "GET /x?y HTTP/1.1\r\nHost: h\r\nX-A:  b c \r\nx-b:\r\n\r\n";
    Request request;
    ASSERT_TRUE(read_head(text, request).has_value());
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/x?y");
    EXPECT_EQ(request.path, "/x");
    EXPECT_EQ(request.query, "y");
    EXPECT_EQ(request.field_count, 3U);
    EXPECT_EQ(request.find("x-a").value, "b c");
    EXPECT_EQ(request.find("x-a").count, 1U);
    EXPECT_EQ(request.find("x-b").value, "");
    EXPECT_EQ(static_cast<void const*>(request.target.data()), text.data() + 4);
}

TEST(ReadHead, FailedReadClearsThePreviousRequest) {
    Request request;
    ASSERT_TRUE(read_head(head("GET /a HTTP/1.1", "Host: h\r\nX-A: b\r\n"), request).has_value());
    ASSERT_FALSE(read_head("nonsense\r\n\r\n", request).has_value());
    EXPECT_EQ(request.method, "");
    EXPECT_EQ(request.field_count, 0U);
}

TEST(ReadHead, RejectsAMalformedConnectionHeader) {
    EXPECT_EQ(status_with("Connection: a b\r\n"), 400U);
    EXPECT_EQ(status_with("Connection: ,keep-alive,, x\r\n"), 200U);
}

}  // namespace
}  // namespace warder::http
