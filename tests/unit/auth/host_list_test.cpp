// SPDX-License-Identifier: MIT
#include "auth/host_list.hpp"

#include "http/request.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace warder::auth {
namespace {

HostList list_of(std::initializer_list<char const*> entries) {
    HostList list;
    for (auto const* entry : entries) EXPECT_TRUE(list.add(entry)) << entry;
    return list;
}

http::Request request_for(std::string_view host) {
    http::Request request;
    request.method = "GET";
    request.target = "/";
    request.fields[0] = {"Host", host};
    request.field_count = 1;
    return request;
}

bool is_answered(HostRule const& rule, std::string_view host) { return !rule.find_foreign(request_for(host)); }

net::ListenAddress const kLoopback{.host = "127.0.0.1", .port = 8441};
net::ListenAddress const kEverywhere{.host = "0.0.0.0", .port = 8441};

TEST(IsLoopbackHost, AcceptsLocalhostAndLoopbackAddressesWithAnyPort) {
    for (auto const* host : {"localhost", "LocalHost:8441", "127.0.0.1", "127.0.0.1:1", "127.255.3.4:65535", "[::1]", "[::1]:8441", "[0:0::0001]",
                             "[::ffff:127.0.0.1]:80", "[::FFFF:7f00:1]"})
        EXPECT_TRUE(is_loopback_host(host)) << host;
}

TEST(IsLoopbackHost, RejectsSimilarNamesAndNonCanonicalAddresses) {
    for (auto const* host : {"",
                             "localhost.",
                             "localhost.evil.org",
                             "evil.localhost",
                             "localhostx",
                             "127.0.0.1.evil.org",
                             "127.0.0.1.",
                             "127.1",
                             "0x7f.1",
                             "0x7f000001",
                             "2130706433",
                             "0177.0.0.1",
                             "127.0.0.01",
                             "127.0.0.256",
                             "127.0.0.1:",
                             "localhost:",
                             "127.0.0.1:0",
                             "127.0.0.1:99999",
                             "localhost:80:80",
                             "::1",
                             "[::1",
                             "[::2]",
                             "[::ffff:128.0.0.1]",
                             "0.0.0.0",
                             "128.0.0.1",
                             "user@localhost",
                             "localhost,evil.org"})
        EXPECT_FALSE(is_loopback_host(host)) << host;
}

TEST(HostList, CoversNamesInAnyCaseAndAnyPortByDefault) {
    auto const list = list_of({"Warder.Example.ORG", "192.0.2.1", "[2001:db8::1]"});
    for (auto const* host : {"warder.example.org", "WARDER.example.org:443", "192.0.2.1:8441", "[2001:DB8:0::1]", "[2001:db8::1]:9"})
        EXPECT_TRUE(list.covers(host)) << host;
    for (auto const* host :
         {"example.org", "a.warder.example.org", "warder.example.org.", "warder.example.org:", "warder.example.orgx", "2001:db8::1", ""})
        EXPECT_FALSE(list.covers(host)) << host;
}

TEST(HostList, WildcardCoversExactlyOneLabel) {
    auto const list = list_of({"*.example.org"});
    EXPECT_TRUE(list.covers("a.example.org:8"));
    for (auto const* host : {"example.org", "a.b.example.org", ".example.org", "aexample.org"}) EXPECT_FALSE(list.covers(host)) << host;
}

TEST(HostList, EntryWithAPortCoversOnlyThatPort) {
    auto const list = list_of({"example.org:8443"});
    EXPECT_TRUE(list.covers("example.org:8443"));
    EXPECT_FALSE(list.covers("example.org"));
    EXPECT_FALSE(list.covers("example.org:443"));
}

TEST(HostList, RejectsInvalidEntries) {
    HostList list;
    for (auto const* entry : {"",
                              "*",
                              "*.",
                              "https://example.org",
                              "example.org/",
                              "example.org/warder",
                              "example.org:",
                              "example.org:0",
                              "example.org:99999",
                              "example.org.",
                              "-a.org",
                              "a b",
                              "*.*.org",
                              "a.*.org",
                              "*.192.0.2.1",
                              "*.[::1]",
                              "0x7f.1",
                              "127.1",
                              "300.0.0.1",
                              "[::1",
                              "::1",
                              "\xC3\xA9.example",
                              "a_b.example"})
        EXPECT_FALSE(list.add(entry)) << entry;
    EXPECT_TRUE(list.is_empty());
}

TEST(HostRule, LoopbackListenerAcceptsOnlyLoopbackNamesAndTheList) {
    auto const list = list_of({"warder.example.org"});
    HostRule const rule{list, "hosts", kLoopback};
    for (auto const* host : {"127.0.0.1:8441", "127.0.0.1", "localhost:1", "[::1]:2", "warder.example.org"})
        EXPECT_TRUE(is_answered(rule, host)) << host;
    for (auto const* host : {"evil.example", "", "127.0.0.1x", "127.0.0.1:", "127.0.0.1:8441x", "127.0.0.1.evil.org"})
        EXPECT_FALSE(is_answered(rule, host)) << host;
}

TEST(HostRule, OtherListenerAcceptsEveryHostUnlessThereIsAList) {
    HostList const none;
    EXPECT_TRUE(is_answered(HostRule(none, "hosts", kEverywhere), "evil.example"));
    auto const list = list_of({"warder.example.org"});
    HostRule const rule{list, "hosts", {.host = "192.0.2.7", .port = 1}};
    for (auto const* host : {"warder.example.org", "192.0.2.7:1", "localhost"}) EXPECT_TRUE(is_answered(rule, host)) << host;
    EXPECT_FALSE(is_answered(rule, "evil.example"));
    EXPECT_FALSE(is_answered(rule, "192.0.2.70"));
}

TEST(HostRule, TreatsIpv6AndMappedLoopbackAddressesAsLoopback) {
    HostList const none;
    for (auto const* address : {"::1", "::ffff:127.0.0.1", "127.8.0.1"}) {
        HostRule const rule{none, "hosts", {.host = address, .port = 1}};
        EXPECT_FALSE(is_answered(rule, "evil.example")) << address;
        EXPECT_TRUE(is_answered(rule, "[::1]:1")) << address;
    }
}

TEST(HostRule, AcceptsRequestsWithoutHostUnlessTheTargetNamesAnother) {
    HostList const none;
    HostRule const rule{none, "hosts", kLoopback};
    http::Request request;
    request.method = "GET";
    request.target = "/";
    EXPECT_FALSE(rule.find_foreign(request));
    request.target = "/?u=http://evil.example/";
    EXPECT_FALSE(rule.find_foreign(request));
    request.target = "http://evil.example/";
    EXPECT_EQ(rule.find_foreign(request), "evil.example");
    request.target = "http://localhost:1/";
    EXPECT_FALSE(rule.find_foreign(request));
}

}  // namespace
}  // namespace warder::auth
