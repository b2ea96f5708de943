// SPDX-License-Identifier: MIT
#include "gateway/routes/url_map.hpp"

#include "gateway/routes/upstream_url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::gateway {
namespace {

RouteSettings route_of(std::string_view prefix, std::string_view upstream) {
    RouteSettings route;
    route.prefix = prefix;
    route.upstream = read_upstream_url(upstream).value();
    return route;
}

class Mapped {
  public:
    Mapped(std::string_view prefix, std::string_view upstream, PublicOrigin const& origin)
        : table_{RouteTable::make({route_of(prefix, upstream)}).value()}, map_{table_, table_.routes().front(), origin} {}

    [[nodiscard]] std::string url(std::string_view url) const {
        std::string out{"<"};
        bool const is_mapped = map_.append_client_url(out, url);
        if (!is_mapped) {
            EXPECT_EQ(out, "<") << url;
        }
        return is_mapped ? out.substr(1) : "unchanged";
    }
    [[nodiscard]] std::string refresh(std::string_view refresh) const {
        std::string out;
        return map_.append_client_refresh(out, refresh) ? out : "unchanged";
    }

  private:
    RouteTable table_;
    UrlMap map_;
};

TEST(UrlMap, TreatsDefaultPortsAsEqualToNoPort) {
    Mapped const plain{"/p", "http://up/x", {.proto = "https", .host = "h"}};
    for (auto const* url : {"http://up/x/y", "http://up:80/x/y", "http://UP/x/y", "//up:80/x/y", "//up/x/y"})
        EXPECT_EQ(plain.url(url), "https://h/p/y") << url;
    for (auto const* url : {"https://up/x/y", "http://up:443/x/y", "http://up:8080/x/y", "https://up:443/x/y"})
        EXPECT_EQ(plain.url(url), "unchanged") << "it could be another server: " << url;

    Mapped const tls{"/p", "https://up/x", {.proto = "http", .host = "h:81"}};
    for (auto const* url : {"https://up/x/y", "https://up:443/x/y"}) EXPECT_EQ(tls.url(url), "http://h:81/p/y") << url;
    EXPECT_EQ(tls.url("http://up/x/y"), "unchanged");
}

TEST(UrlMap, MatchesAnExplicitPortUnderEitherScheme) {
    for (auto const* upstream : {"http://up:81/", "http://[::1]:81/"}) {
        Mapped const map{"/p", upstream, {.proto = "https", .host = "h"}};
        auto const authority = std::string{upstream}.substr(7);
        EXPECT_EQ(map.url("https://" + authority + "y"), "https://h/p/y");
        EXPECT_EQ(map.url("http://" + authority + "y"), "https://h/p/y");
    }
    Mapped const map{"/p", "http://[::1]/", {.proto = "https", .host = "h"}};
    EXPECT_EQ(map.url("http://[::1]/y"), "https://h/p/y");
    EXPECT_EQ(map.url("https://[::1]/y"), "unchanged");
}

TEST(UrlMap, LeavesOtherUrlsUnchanged) {
    Mapped const map{"/p", "http://up:81/x", {.proto = "http", .host = "h"}};
    for (auto const* url : {"", "/", "y", "?q", "#f", "http:", "http:/", "http://", "http:///x", "//", "///x", "http://up:81", "http://up:81/xy",
                            "http://up:81/X", "http://a@up:81/x", "http://up:81@evil/x", "mailto:x", "http://up:081/x", "\\\\up:81\\x"})
        EXPECT_EQ(map.url(url), "unchanged") << url;
}

TEST(UrlMap, TranslatesTheUrlInARefreshHeader) {
    Mapped const map{"/p", "http://up:81/", {.proto = "http", .host = "h"}};
    EXPECT_EQ(map.refresh("0;URL=\"http://up:81/a\" "), "0;URL=\"http://h/p/a\" ");
    EXPECT_EQ(map.refresh("0; url=http://up:81"), "0; url=http://h/p");
    for (auto const* refresh : {"", "5", "5; url=", "5; url='", "5; url=http://other/", "url"})
        EXPECT_EQ(map.refresh(refresh), "unchanged") << refresh;
}

}  // namespace
}  // namespace warder::gateway
