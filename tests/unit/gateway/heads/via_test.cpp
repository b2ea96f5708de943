// SPDX-License-Identifier: MIT
#include "gateway/heads/via.hpp"

#include "http/request_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::gateway {
namespace {

using http::tests::RequestText;

unsigned passes(std::string const& lines) { return count_passes(RequestText{"GET /\nHost: h\n" + lines}.request()); }

TEST(CountPasses, CountsOwnEntriesInAllViaHeaders) {
    EXPECT_EQ(passes(""), 0U);
    EXPECT_EQ(passes("Via: 1.1 warder\n"), 1U);
    EXPECT_EQ(passes("Via: 1.0 fred, HTTP/1.1 WARDER (x),1.1\twarder ,\nvia: 1.1  warder(y)\n"), 3U);
    EXPECT_EQ(passes("Via: warder, 1.1 warder2, 1.1 a-warder, 1.1 warder:80\nX-Via: 1.1 warder\n"), 0U);
    EXPECT_EQ(passes("Via: ,,, ,\nVia:\n"), 0U);
}

TEST(AppendVia, CombinesAllEntriesInOneHeader) {
    auto const via = [](std::string const& lines) {
        RequestText const text{"GET /\nHost: h\n" + lines};
        std::string out;
        append_via(out, text.request(), http::check_connection(text.request()).value());
        return out;
    };
    EXPECT_EQ(via(""), "Via: 1.1 warder\r\n");
    EXPECT_EQ(via("Via: 1.0 a, 1.1 b\nVIA: 1.1 c\nVia:\n"), "Via: 1.0 a, 1.1 b, 1.1 c, 1.1 warder\r\n");
    EXPECT_EQ(via("Via: 1.0 a\nConnection: via\n"), "Via: 1.1 warder\r\n");
}

}  // namespace
}  // namespace warder::gateway
