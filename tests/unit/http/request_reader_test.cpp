// SPDX-License-Identifier: MIT
#include "http/request_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace warder::http {
namespace {

using HeadState = HeadScanner::State;
using BodyState = RequestReader::BodyState;

constexpr std::size_t kWindow = 50'000;

void put(RequestReader& reader, std::span<char> buffer, std::string_view bytes) {
    ASSERT_LE(bytes.size(), buffer.size());
    std::ranges::copy(bytes, buffer.begin());
    reader.received(bytes.size());
}

struct Begun {
    RequestReader reader;
    Request request;
    HeadFacts facts;
};
/// Passes these bytes to a reader and takes the head.
void begin(Begun& begun, std::string_view bytes, std::uint64_t limit = kMaxBody) {
    put(begun.reader, begun.reader.head_buffer(), bytes);
    ASSERT_EQ(begun.reader.scan_head(), HeadState::kComplete);
    auto const facts = begun.reader.take_head(begun.request);
    ASSERT_TRUE(facts.has_value());
    begun.facts = *facts;
    ASSERT_TRUE(begun.reader.begin_body(*facts, limit, kWindow));
}

TEST(RequestReader, ReadsPipelinedRequests) {
    Begun begun;
    begin(begun, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    std::string body;
    EXPECT_EQ(begun.reader.read_body(body), BodyState::kComplete);
    EXPECT_EQ(body, "abc");
    ASSERT_EQ(begun.reader.scan_head(), HeadState::kComplete);
    ASSERT_TRUE(begun.reader.take_head(begun.request).has_value());
    EXPECT_EQ(begun.request.target, "/b");
    EXPECT_TRUE(begun.reader.unread().empty());
}

TEST(RequestReader, AcceptsOneEmptyLineBeforeARequest) {
    RequestReader one, two;
    put(one, one.head_buffer(), "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(one.scan_head(), HeadState::kComplete);
    put(two, two.head_buffer(), "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_EQ(two.scan_head(), HeadState::kComplete);
    Request request;
    EXPECT_FALSE(two.take_head(request).has_value());
}

TEST(RequestReader, LeavesTheHeadInPlaceWhileTheBodyArrives) {
    Begun begun;
    begin(begun, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nab", 1'000'000);
    auto const* const place = begun.request.method.data();
    std::string body;
    EXPECT_EQ(begun.reader.read_body(body), BodyState::kIncomplete);
    EXPECT_GE(begun.reader.body_buffer().size(), kWindow);
    while (body.size() < 100'000) {
        auto const buffer = begun.reader.body_buffer();
        put(begun.reader, buffer, std::string(std::min<std::size_t>(buffer.size(), 30'000), 'c'));
        static_cast<void>(begun.reader.read_body(body));
    }
    EXPECT_EQ(begun.request.method.data(), place);
    EXPECT_EQ(begun.request.method, "POST");
    EXPECT_EQ(begun.request.target, "/a");
    EXPECT_EQ(begun.request.find("host").value, "h");
    EXPECT_EQ(body, "ab" + std::string(99'998, 'c'));
}

TEST(RequestReader, ReadsARequestThatArrivesWithTheEndOfABody) {
    Begun begun;
    begin(begun, "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2");
    std::string body;
    EXPECT_EQ(begun.reader.read_body(body), BodyState::kIncomplete);
    put(begun.reader, begun.reader.body_buffer(), "\r\ncd\r\n0\r\n\r\nGET /b HTTP/1.1\r\n");
    EXPECT_EQ(begun.reader.read_body(body), BodyState::kComplete);
    EXPECT_EQ(body, "abcd");
    EXPECT_EQ(begun.request.target, "/a");
    EXPECT_EQ(begun.reader.scan_head(), HeadState::kIncomplete);
    put(begun.reader, begun.reader.head_buffer(), "Host: h\r\n\r\nGET /c HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_EQ(begun.reader.scan_head(), HeadState::kComplete);
    ASSERT_TRUE(begun.reader.take_head(begun.request).has_value());
    EXPECT_EQ(begun.request.target, "/b");
    ASSERT_EQ(begun.reader.scan_head(), HeadState::kComplete);
    ASSERT_TRUE(begun.reader.take_head(begun.request).has_value());
    EXPECT_EQ(begun.request.target, "/c");
    EXPECT_TRUE(begun.reader.unread().empty());
    EXPECT_LE(begun.reader.head_buffer().size(), 8'192U) << "the window is released once nothing is unread";
}

TEST(RequestReader, RejectsATooLargeContentLengthImmediately) {
    RequestReader reader;
    HeadFacts facts;
    facts.content_length = 11;
    EXPECT_FALSE(reader.begin_body(facts, 10, kWindow));
    facts.content_length = 10;
    EXPECT_TRUE(reader.begin_body(facts, 10, kWindow));
}

TEST(RequestReader, CountsChunksAgainstTheLimit) {
    Begun begun;
    begin(begun, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", 5);
    std::string body;
    EXPECT_EQ(begun.reader.read_body(body), BodyState::kTooLarge);
    EXPECT_EQ(body, "abc");
}

TEST(RequestReader, ReleasesLargeBuffersWhenNothingIsUnread) {
    Begun begun;
    begin(begun, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 40000\r\n\r\n");
    put(begun.reader, begun.reader.body_buffer(), std::string(40'000, 'x'));
    std::string body;
    ASSERT_EQ(begun.reader.read_body(body), BodyState::kComplete);
    EXPECT_LE(begun.reader.head_buffer().size(), 8'192U);
}

}  // namespace
}  // namespace warder::http
