// SPDX-License-Identifier: MIT
#include "http/request_parser.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::http {
namespace {

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

}  // namespace
}  // namespace warder::http
