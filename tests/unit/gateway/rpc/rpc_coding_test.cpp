// SPDX-License-Identifier: MIT
#include "gateway/rpc/rpc_coding.hpp"

#include "http/request_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::gateway {
namespace {

bool is_foreign(std::string const& lines) {
    http::tests::RequestText const text{"POST /a\nHost: h\n" + lines};
    auto const& request = text.request();
    return find_foreign_coding(std::span{request.fields}.first(request.field_count)).has_value();
}

TEST(FindForeignCoding, AcceptsIdentityCodingAndUtf8) {
    for (auto const* lines :
         {"", "Content-Encoding: identity\n", "content-encoding: Identity\n", "Content-Type: application/json\n", "Content-Type:\n",
          "Content-Type: a/b; charset=utf-8\n", "Content-Type: a/b;CHARSET=\"UTF-8\"\n", "Content-Type: a/b; charset = utf8 ; x=y\n",
          "Content-Type: a/b; charse\n", "X-Charset: utf-7\n", "Accept: a/b; charset=utf-7\n"})
        EXPECT_FALSE(is_foreign(lines)) << lines;
}

TEST(FindForeignCoding, ReportsAContentEncoding) {
    for (auto const* lines : {"Content-Encoding: gzip\n", "Content-Encoding:\n", "Content-Encoding: identity, gzip\n", "Content_Encoding: deflate\n",
                              "Content-Encoding: identity\nContent-Encoding: identity\n", "Content-Encoding: identity\nCONTENT.ENCODING: identity\n"})
        EXPECT_TRUE(is_foreign(lines)) << lines;
}

TEST(FindForeignCoding, ReportsAnotherCharsetInAnySpelling) {
    for (auto const* value :
         {"a/b; charset=utf-7", "a/b;charset=\"utf-16\"", "a/b; ChArSeT=utf-32", "charset=cp037", "a/b; charset=utf-8; charset=utf-7",
          "a/b; charset=utf-7; charset=utf-8", "a/b; charset*=''utf-7", "a/b; charset*0=utf-; charset*1=7", "a/b; charset=utf-8-sig",
          "a/b; charset=\"utf-8", "a/b; charset=utf-8\"", "a/b; charset", "a/b; charset=", "a/b; charset=utf-8, c/d"}) {
        EXPECT_TRUE(is_foreign("Content-Type: " + std::string{value} + "\n")) << value;
        EXPECT_TRUE(is_foreign("content_type: " + std::string{value} + "\n")) << value;
        EXPECT_TRUE(is_foreign("Content-Type: a/b\nContent-Type: " + std::string{value} + "\n")) << value;
    }
}

}  // namespace
}  // namespace warder::gateway
