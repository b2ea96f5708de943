// SPDX-License-Identifier: MIT
#include "gateway/routes/routed_path.hpp"

#include "gateway/routes/upstream_url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace warder::gateway {
namespace {

RouteTable make_table(std::vector<std::string> const& prefixes) {
    std::vector<RouteSettings> routes;
    for (auto const& prefix : prefixes) {
        RouteSettings settings;
        settings.prefix = prefix;
        settings.upstream = read_upstream_url("http://127.0.0.1:1").value();
        routes.push_back(std::move(settings));
    }
    return RouteTable::make(std::move(routes)).value();
}

TEST(RoutedPath, KeepsPathAndRouteValidAfterAMove) {
    auto const table = make_table({"/a", "/a/b"});
    std::string raw = "/a/%62/%7e?x";
    RoutedPath first{table, raw};
    raw.assign(raw.size(), '!');
    RoutedPath const path{std::move(first)};
    ASSERT_TRUE(path.path().has_value());
    EXPECT_EQ(path.path()->text(), "/a/b/~");
    ASSERT_NE(path.route(), nullptr);
    EXPECT_EQ(path.route()->prefix, "/a/b");
}

TEST(RoutedPath, AcceptsAnEncodedSlashButReportsAnInvalidPath) {
    auto const table = make_table({"/a"});
    RoutedPath const slash{table, "/a/b%2fc"};
    ASSERT_TRUE(slash.path().has_value());
    EXPECT_TRUE(slash.path()->has_encoded_slash());
    EXPECT_NE(slash.route(), nullptr);
    RoutedPath const dots{table, "/a/.."};
    ASSERT_FALSE(dots.path().has_value());
    EXPECT_EQ(dots.path().error(), PathError::kDotSegment);
    EXPECT_EQ(dots.route(), nullptr);
}

TEST(RoutedPath, HasNoRouteForAnUnroutedPath) {
    auto const table = make_table({"/a"});
    for (auto const* raw : {"/ab", "/", "/a;b", "/A"}) EXPECT_EQ((RoutedPath{table, raw}.route()), nullptr) << raw;
    for (auto const* raw : {"", "*", "a:80"}) EXPECT_EQ((RoutedPath{table, raw}.path().error()), PathError::kNoSlash) << raw;
}

}  // namespace
}  // namespace warder::gateway
