// SPDX-License-Identifier: MIT
#include "warder/network.hpp"

#include "core/network_message.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace warder::core {
namespace {

IpAddress address(std::string_view text) { return parse_address(text).value(); }

Networks networks(std::vector<std::string> const& texts) { return NetworkList::parse(texts).value(); }

std::string canonical(std::string_view text) {
    auto const network = read_network(text);
    return network ? network_text(*network) : "";
}

TEST(ParseAddress, MapsIpv4) {
    EXPECT_EQ(address("192.0.2.7"), address("::ffff:192.0.2.7"));
    EXPECT_EQ(address_text(address("::ffff:c000:207")), "192.0.2.7");
    EXPECT_NE(address("192.0.2.7"), address("::192.0.2.7"));
}

TEST(ParseAddress, RejectsEverythingElse) {
    using namespace std::string_view_literals;
    for (auto const none : {""sv, "1"sv, "1.2.3"sv, "1.2.3.4.5"sv, "01.2.3.4"sv, "256.1.1.1"sv, " 1.2.3.4"sv, "1.2.3.4\0"sv, "[::1]"sv, "::1%1"sv,
                            ":::"sv, "1::2::3"sv, "10.0.0.0/8"sv, "::ffff:1.2.3.4.5"sv, "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv})
        EXPECT_FALSE(parse_address(none)) << none;
}

TEST(ReadNetwork, HasOneCanonicalText) {
    for (auto const& [text, expected] : std::initializer_list<std::pair<char const*, char const*>>{{"10.0.0.0/8", "10.0.0.0/8"},
                                                                                                   {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
                                                                                                   {"10.0.0.1/32", "10.0.0.1"},
                                                                                                   {"10.0.0.1", "10.0.0.1"},
                                                                                                   {"0.0.0.0/0", "0.0.0.0/0"},
                                                                                                   {"::ffff:0:0/96", "0.0.0.0/0"},
                                                                                                   {"::/0", "::/0"},
                                                                                                   {"::/80", "::/80"},
                                                                                                   {"2001:DB8::/32", "2001:db8::/32"},
                                                                                                   {"0:0:0:0:0:0:0:1/128", "::1"}}) {
        EXPECT_EQ(canonical(text), expected) << text;
        EXPECT_EQ(canonical(expected), expected) << text;
    }
}

TEST(ReadNetwork, SaysWhatIsWrong) {
    for (auto const& [text, error] : std::initializer_list<std::pair<char const*, NetworkError>>{{"x", NetworkError::kNotAnAddress},
                                                                                                 {"", NetworkError::kNotAnAddress},
                                                                                                 {"x%eth0", NetworkError::kNotAnAddress},
                                                                                                 {"fe80::1%eth0", NetworkError::kZone},
                                                                                                 {"fe80::%1/10", NetworkError::kZone},
                                                                                                 {"1.2.3.4/", NetworkError::kBadLength},
                                                                                                 {"1.2.3.4/33", NetworkError::kBadLength},
                                                                                                 {"::/129", NetworkError::kBadLength},
                                                                                                 {"0.0.0.0/00", NetworkError::kBadLength},
                                                                                                 {"::/-1", NetworkError::kBadLength},
                                                                                                 {"10.0.0.1/8", NetworkError::kHasHostBits},
                                                                                                 {"::ffff:10.0.0.0/64", NetworkError::kHasHostBits}})
        EXPECT_EQ(read_network(text).error(), error) << text;
}

TEST(EnclosingNetwork, ClearsTheHostBits) {
    EXPECT_EQ(network_text(enclosing_network("10.1.2.3/8").value()), "10.0.0.0/8");
    EXPECT_EQ(network_text(enclosing_network("10.1.2.255/25").value()), "10.1.2.128/25");
    EXPECT_EQ(network_text(enclosing_network("2001:db8::1/33").value()), "2001:db8::/33");
    EXPECT_FALSE(enclosing_network("x/8"));
}

TEST(NetworkList, ContainsTheAddressesOfEachNetwork) {
    auto const list = networks({"10.0.0.0/8", "2001:db8::/33", "::1"});
    for (auto const* const inside : {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3", "2001:db8:7fff:ffff::", "::1"})
        EXPECT_TRUE(list->contains(address(inside))) << inside;
    for (auto const* const outside : {"9.255.255.255", "11.0.0.0", "::10.0.0.1", "2001:db8:8000::", "::2", "127.0.0.1"})
        EXPECT_FALSE(list->contains(address(outside))) << outside;
}

TEST(NetworkList, KeepsTheFamiliesApart) {
    EXPECT_FALSE(networks({"::/0"})->contains(address("1.2.3.4")));
    EXPECT_FALSE(read_network("::/0")->contains(address("1.2.3.4")));
    EXPECT_FALSE(networks({"::/80"})->contains(address("1.2.3.4")));
    EXPECT_TRUE(networks({"::/80"})->contains(address("::1.2.3.4")));
    EXPECT_FALSE(networks({"0.0.0.0/0"})->contains(address("::1.2.3.4")));
    EXPECT_TRUE(networks({"::ffff:0:0/96"})->contains(address("1.2.3.4")));
}

TEST(NetworkList, ContainsWhatHasThePrefixBitByBit) {
    std::mt19937 random{7};  // NOLINT(cert-msc51-cpp): the same in every run
    for (int round = 0; round < 2000; ++round) {
        IpAddress base{};
        for (auto& byte : base) byte = static_cast<std::uint8_t>(random());
        base[0] |= 0x20U;  // not IPv4
        auto const bits = random() % 129;
        auto const network = enclosing_network(address_text(base) + "/" + std::to_string(bits)).value();
        EXPECT_EQ(read_network(network_text(network)), network);
        auto const list = networks({network_text(network)});
        EXPECT_TRUE(list->contains(base));
        auto other = base;
        auto const flipped = random() % 128;
        other[flipped / 8] = static_cast<std::uint8_t>(other[flipped / 8] ^ (0x80U >> (flipped % 8)));
        EXPECT_EQ(list->contains(other), flipped >= bits) << network_text(network) << " " << address_text(other);
    }
}

TEST(NetworkList, HasOneTo32Entries) {
    EXPECT_EQ(NetworkList::parse({}).error().kind, NetworkListError::Kind::kEmpty);
    std::vector<std::string> many(kMaxNetworks, "::1");
    EXPECT_TRUE(NetworkList::parse(many));
    many.emplace_back("::1");
    EXPECT_EQ(NetworkList::parse(many).error().kind, NetworkListError::Kind::kTooMany);
}

TEST(NetworkList, IsComparedByItsContent) {
    EXPECT_TRUE(is_same(networks({"10.0.0.1/32"}), networks({"::ffff:10.0.0.1"})));
    EXPECT_FALSE(is_same(networks({"10.0.0.0/8"}), networks({"10.0.0.0/9"})));
    EXPECT_FALSE(is_same(networks({"::1", "::2"}), networks({"::2", "::1"})));
    EXPECT_FALSE(is_same(networks({"::1"}), nullptr));
    EXPECT_TRUE(is_same(Networks{}, nullptr));
}

TEST(NetworkMessage, NamesTheEntryAndWhatIsRight) {
    std::vector<std::string> const texts{"::1", "10.0.0.1/8"};
    auto const quote = [](std::string_view text) { return "<" + std::string{text} + ">"; };
    EXPECT_EQ(message(NetworkList::parse(texts).error(), texts, quote),
              R"(Entry 2 of "allowed_from", <10.0.0.1/8>: bits after the prefix length must be 0; the network is "10.0.0.0/8".)");
}

}  // namespace
}  // namespace warder::core
