// SPDX-License-Identifier: MIT
#include "gateway/routes/upstream_url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::gateway {
namespace {

/// Returns `tls|host|port|authority|path`, or the error.
std::string parts_of(std::string_view text) {
    auto const url = read_upstream_url(text);
    if (!url) return url.error();
    return std::string{url->is_tls ? "tls" : "plain"} + "|" + url->host + "|" + std::to_string(url->port) + "|" + url->authority + "|" + url->path;
}

TEST(ReadUpstreamUrl, ReadsHostPortAndPath) {
    EXPECT_EQ(parts_of("http://127.0.0.1:25441"), "plain|127.0.0.1|25441|127.0.0.1:25441|");
    EXPECT_EQ(parts_of("https://photos.example.org"), "tls|photos.example.org|443|photos.example.org|");
    EXPECT_EQ(parts_of("http://u/"), "plain|u|80|u|/");
    EXPECT_EQ(parts_of("HTTPS://Photos.Example.ORG:8443/A/b/"), "tls|photos.example.org|8443|photos.example.org:8443|/A/b/");
    EXPECT_EQ(parts_of("http://my_app-1:3000/x%20y"), "plain|my_app-1|3000|my_app-1:3000|/x%20y");
    EXPECT_EQ(parts_of("http://u:65535/a@b"), "plain|u|65535|u:65535|/a@b");
}

TEST(ReadUpstreamUrl, OmitsTheDefaultPortFromTheAuthority) {
    EXPECT_EQ(parts_of("http://u:80/x"), "plain|u|80|u|/x");
    EXPECT_EQ(parts_of("https://u:443"), "tls|u|443|u|");
    EXPECT_EQ(parts_of("http://u:443"), "plain|u|443|u:443|");
    EXPECT_EQ(parts_of("https://u:80"), "tls|u|80|u:80|");
}

TEST(ReadUpstreamUrl, ReadsIpv6AddressesInBrackets) {
    EXPECT_EQ(parts_of("http://[::1]"), "plain|::1|80|[::1]|");
    EXPECT_EQ(parts_of("https://[2001:DB8:0:0::1]:8443/x"), "tls|2001:db8::1|8443|[2001:db8::1]:8443|/x");
    for (auto const* text : {"http://::1/", "http://[::1", "http://::1]", "http://[]", "http://[1.2.3.4]", "http://[::g]", "http://[::1]x",
                             "http://[fe80::1%25eth0]", "http://[fe80::1%eth0]/"})
        EXPECT_FALSE(read_upstream_url(text).has_value()) << text;
}

TEST(ReadUpstreamUrl, RejectsInvalidHosts) {
    for (auto const* host :
         {"",          ".",        "a.",     ".a",         "a..b",       "-a",      "a-",      "a.-b",  "1.2.3", "127.1", "1.2.3.4.5",
          "256.1.1.1", "01.2.3.4", "0x7f.1", "0x7f000001", "2130706433", "a.b.0x1", "*.a.org", "a%2Eb", "a,b",   "a\\b",  "a;b"})
        EXPECT_NE(parts_of("http://" + std::string{host} + "/").find("the host must be"), std::string::npos) << host;
    EXPECT_FALSE(read_upstream_url("http://" + std::string(64, 'a')).has_value());
    std::string name = "a";
    while (name.size() < 253) name += ".a";
    EXPECT_TRUE(read_upstream_url("http://" + name).has_value());
    EXPECT_FALSE(read_upstream_url("http://" + name + ".a").has_value());
}

TEST(ReadUpstreamUrl, RejectsInvalidPorts) {
    for (auto const* port : {"", "0", "080", "65536", "99999999999", "-1", "+1", "8a", " 8", "8:9"})
        EXPECT_FALSE(read_upstream_url("http://u:" + std::string{port}).has_value()) << port;
    EXPECT_EQ(parts_of("http://u:0"), "the port must be a number from 1 to 65535 without leading zeros");
}

TEST(ReadUpstreamUrl, RejectsOtherSchemes) {
    for (auto const* text : {"", "u", "u:80", "//u", "/x", "ftp://u", "unix:/run/x.sock", "ws://u", "http:/u", "http//u", "://u"})
        EXPECT_NE(parts_of(text).find("http:// or https://"), std::string::npos) << text;
}

TEST(ReadUpstreamUrl, RejectsQueriesFragmentsAndNonAsciiWithAReason) {
    EXPECT_NE(parts_of("http://u/?a").find("must not have a query"), std::string::npos);
    EXPECT_NE(parts_of("http://u?a").find("must not have a query"), std::string::npos);
    EXPECT_NE(parts_of("http://u/#a").find("must not have a fragment"), std::string::npos);
    EXPECT_NE(parts_of("http://u#a").find("must not have a fragment"), std::string::npos);
    for (auto const* text : {"http://u/ ", " http://u", "http://u/\n", "http://u/\x7F", "http://\xC3\xA9/", "http://u/\xC3\xA9"})
        EXPECT_NE(parts_of(text).find("printable ASCII"), std::string::npos) << text;
    EXPECT_FALSE(read_upstream_url(std::string_view{"http://u\0/", 10}).has_value());
}

TEST(ReadUpstreamUrl, RejectsUserInformationWithoutQuotingIt) {
    for (auto const* text : {"http://user:hunter2@u/", "http://hunter2@u", "http://@u", "http://user:hun?ter2@u/", "http://user:hun#ter2@u/"}) {
        EXPECT_NE(parts_of(text).find("must not contain a user name or password"), std::string::npos) << text;
        EXPECT_EQ(parts_of(text).find("ter2"), std::string::npos) << text;
    }
    EXPECT_EQ(parts_of("http://u:1/hunter2%61@h").find("hunter2"), std::string::npos);
    EXPECT_EQ(parts_of("http://user:hunter2/@h").find("hunter2"), std::string::npos);
}

TEST(ReadUpstreamUrl, RejectsAPathThatIsNotCanonical) {
    for (auto const* path : {"//", "/a//b", "/a/../b", "/.", "/a%2Fb", "/a%", "/a\\b", "/%252e"})
        EXPECT_TRUE(parts_of("http://u" + std::string{path}).starts_with("in its path")) << path;
    for (auto const* path : {"/%61", "/%c3%a9", "/a%7E"})
        EXPECT_TRUE(parts_of("http://u" + std::string{path}).starts_with("in its path, only")) << path;
    EXPECT_TRUE(read_upstream_url("http://u/%C3%A9").has_value());
}

}  // namespace
}  // namespace warder::gateway
