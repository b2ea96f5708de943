// SPDX-License-Identifier: MIT
#include "auth/client_address.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace warder::auth {
namespace {

AddressBytes address(std::string_view text) { return read_address(text).value(); }

TEST(ReadAddress, AcceptsTheFormsThatProxiesWrite) {
    auto const v4 = address("192.0.2.1");
    EXPECT_EQ(v4[10], 0xFF);
    EXPECT_EQ(v4[12], 192);
    for (auto const* same : {"192.0.2.1:80", "::ffff:192.0.2.1", "[::ffff:c000:201]:65535"}) EXPECT_EQ(address(same), v4) << same;
    EXPECT_EQ(address("[2001:db8::1]"), address("2001:DB8:0::1"));
    for (auto const* none :
         {"", "1.2.3", "1.2.3.4:", "1.2.3.4:x", "[1.2.3.4]", "[::1]x", "[::1", "::1]", "unknown", "1.2.3.4.5", "::1%lo", "1.2.3.4:123456"})
        EXPECT_FALSE(read_address(none)) << none;
}

TEST(AddressText, RoundTripsCanonicalAddresses) {
    for (auto const* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "10.9.99.100", "::", "::1", "2001:db8::1"})
        EXPECT_EQ(address_text(address(text)), text);
    EXPECT_EQ(address_text(address("::ffff:192.0.2.1")), "192.0.2.1");
    EXPECT_EQ(address_text(address("2001:DB8:0:0::a")), "2001:db8::a");
}

TEST(ReadNetwork, RejectsBitsAfterThePrefixAndMatchesOnlyItsAddresses) {
    EXPECT_TRUE(read_network("10.0.0.0/8")->contains(address("10.255.1.2")));
    EXPECT_FALSE(read_network("10.0.0.0/8")->contains(address("11.0.0.0")));
    EXPECT_TRUE(read_network("192.0.2.128/25")->contains(address("192.0.2.200")));
    EXPECT_FALSE(read_network("192.0.2.128/25")->contains(address("192.0.2.127")));
    EXPECT_TRUE(read_network("0.0.0.0/0")->contains(address("1.2.3.4")));
    EXPECT_FALSE(read_network("0.0.0.0/0")->contains(address("2001:db8::1")));
    EXPECT_FALSE(read_network("::/0")->contains(address("1.2.3.4"))) << "an IPv4 client could name any address";
    EXPECT_TRUE(read_network("fd00::/8")->contains(address("fdff::1")));
    EXPECT_FALSE(read_network("192.0.2.1")->contains(address("192.0.2.2")));
    for (auto const* none :
         {"10.0.0.1/8", "10.0.0.0/33", "::1/0", "fd00::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.0/8/8", "[::]/0", ""})
        EXPECT_FALSE(read_network(none)) << none;
}

TEST(ClientOf, ReturnsTheRightmostUntrustedAddress) {
    std::vector<Network> const trusted{*read_network("127.0.0.0/8"), *read_network("10.0.0.0/8")};
    auto const of = [&](char const* peer, std::vector<std::string_view> const& lines) {
        http::Request request;
        for (auto const line : lines) request.fields.at(request.field_count++) = {"X-Forwarded-For", line};
        return client_of(address(peer), request, trusted);
    };
    EXPECT_EQ(of("192.0.2.9", {"1.1.1.1"}), address("192.0.2.9"));
    EXPECT_EQ(of("127.0.0.1", {}), address("127.0.0.1"));
    EXPECT_EQ(of("127.0.0.1", {"1.1.1.1, 2.2.2.2"}), address("2.2.2.2"));
    EXPECT_EQ(of("127.0.0.1", {"1.1.1.1", "2.2.2.2 ,10.1.1.1"}), address("2.2.2.2"));
    EXPECT_EQ(of("127.0.0.1", {"1.1.1.1", "10.2.2.2,10.1.1.1"}), address("1.1.1.1"));
    EXPECT_EQ(of("127.0.0.1", {"10.3.3.3, 10.2.2.2"}), address("10.3.3.3")) << "all proxies are trusted";
    EXPECT_EQ(of("127.0.0.1", {"1.1.1.1, nonsense, 10.1.1.1"}), address("10.1.1.1"));
    EXPECT_EQ(of("127.0.0.1", {"1.1.1.1,"}), address("127.0.0.1"));
}

}  // namespace
}  // namespace warder::auth
