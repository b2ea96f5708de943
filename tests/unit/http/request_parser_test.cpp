// SPDX-License-Identifier: MIT
#include "http/request_parser.hpp"

#include <boost/beast/http/error.hpp>
#include <gtest/gtest.h>

#include <string>

namespace warder::http {
namespace {

using BeastError = boost::beast::http::error;

struct Outcome {
    Request request;
    boost::system::error_code error;
    bool is_done = false;
};

/// Feeds a chunked body behind a fixed head as a connection does.
Outcome read_chunked(std::string const& body) {
    std::string const head = "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    Outcome outcome;
    RequestParser parser{outcome.request};
    parser.put(boost::asio::const_buffer{head.data(), head.size()}, outcome.error);
    EXPECT_TRUE(parser.is_header_done());
    std::size_t used = 0;
    while (!outcome.error && !parser.is_done() && used < body.size())
        used += parser.put(boost::asio::const_buffer{body.data() + used, body.size() - used}, outcome.error);
    outcome.is_done = parser.is_done();
    return outcome;
}

TEST(RequestParser, LeavesTheHeadWhereItIs) {
    std::string const head = "GET /x?y HTTP/1.1\r\nHost: h\r\nX-A:  b c \r\n\r\n";
    Request request;
    RequestParser parser{request};
    boost::system::error_code error;
    EXPECT_EQ(parser.put(boost::asio::const_buffer{head.data(), head.size()}, error), head.size());
    EXPECT_FALSE(error) << error.message();
    EXPECT_TRUE(parser.is_done());
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/x?y");
    EXPECT_EQ(request.find("x-a").value, "b c");
    EXPECT_EQ(request.find("x-a").count, 1U);
    EXPECT_EQ(static_cast<void const*>(request.target.data()), head.data() + 4);
}

TEST(RequestParser, JoinsChunksAndDropsTrailers) {
    auto const read = read_chunked("3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Evil: 1\r\n\r\n");
    EXPECT_FALSE(read.error) << read.error.message();
    EXPECT_TRUE(read.is_done);
    EXPECT_EQ(read.request.body, "abcde");
    EXPECT_EQ(read.request.find("x-evil").count, 0U);
}

TEST(RequestParser, RefusesBadChunks) {
    for (auto const* body : {"x\r\nabc\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "3\r\nabcX\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n",
                             "-3\r\nabc\r\n0\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n", "10000000000000003\r\nabc\r\n0\r\n\r\n",
                             "3\r\nabc\n0\r\n\r\n", "\r\n3\r\nabc\r\n0\r\n\r\n"}) {
        auto const read = read_chunked(body);
        EXPECT_TRUE(read.error && read.error != BeastError::need_more) << body;
        EXPECT_FALSE(read.is_done) << body;
    }
}

TEST(RequestParser, StopsOneByteBeyondTheLimit) {
    EXPECT_TRUE(read_chunked("10000\r\n" + std::string(kMaxBody, 'x') + "\r\n0\r\n\r\n").is_done);
    EXPECT_EQ(read_chunked("10001\r\n" + std::string(kMaxBody + 1, 'x') + "\r\n0\r\n\r\n").error, BeastError::body_limit);
    EXPECT_EQ(read_chunked("10000\r\n" + std::string(kMaxBody, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n").error, BeastError::body_limit);
}

}  // namespace
}  // namespace warder::http
