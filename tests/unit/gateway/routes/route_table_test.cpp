// SPDX-License-Identifier: MIT
#include "gateway/routes/route_table.hpp"

#include "warder/grant.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace warder::gateway {
namespace {

RouteTable table_of(std::initializer_list<char const*> prefixes) {
    std::vector<RouteSettings> routes;
    for (auto const* prefix : prefixes) routes.emplace_back().prefix = prefix;
    return RouteTable::make(std::move(routes)).value();
}

std::string found(RouteTable const& table, std::string_view path) {
    auto const* const route = table.find(path);
    return route == nullptr ? "none" : route->prefix;
}

TEST(ReadPrefix, ReturnsTheCanonicalForm) {
    for (auto const& [text, prefix] : std::to_array<std::pair<char const*, char const*>>({{"/", "/"},
                                                                                          {"/a", "/a"},
                                                                                          {"/a/", "/a"},
                                                                                          {"/a/b/", "/a/b"},
                                                                                          {"/%61/%7e", "/a/~"},
                                                                                          {"/%c3%a9", "/%C3%A9"},
                                                                                          {"/%2a", "/%2A"},
                                                                                          {"/A", "/A"}}))
        EXPECT_EQ(read_prefix(text).value_or("rejected"), prefix) << text;
}

TEST(ReadPrefix, RejectsInvalidPathsStarsAndQueries) {
    for (auto const* text : {"", "a", "a/b", "//", "/a//", "/a//b", "/..", "/a/./b", "/a%2Fb", "/a b", "/a#b", "/\xC3\xA9", "/a%", "http://u/a"})
        EXPECT_FALSE(read_prefix(text).has_value()) << text;
    for (auto const* text : {"/*", "/a/**", "/a*"}) EXPECT_NE(read_prefix(text).error().find("must not contain"), std::string::npos) << text;
    for (auto const* text : {"/?", "/a?b"}) EXPECT_NE(read_prefix(text).error().find("must not have a query"), std::string::npos) << text;
    EXPECT_FALSE(read_prefix(std::string_view{"/a\0", 3}).has_value());
}

TEST(RouteTable, MatchesWholeSegmentsCaseSensitively) {
    auto const table = table_of({"/a/b", "/x"});
    for (auto const* path : {"/a/b", "/a/b/", "/a/b/c", "/a/b/c/d/"}) EXPECT_EQ(found(table, path), "/a/b") << path;
    for (auto const* path : {"/", "/a", "/a/", "/a/bc", "/a/b.c", "/a/b;c", "/A/b", "/a/B", "/b", "/a%2Fb", "/a/b%2Fc", "/xy", ""})
        EXPECT_EQ(found(table, path), "none") << path;
}

TEST(RouteTable, ReturnsTheLongestPrefixInAnyOrder) {
    for (auto const& table :
         {table_of({"/", "/a", "/a/b/c", "/a/b"}), table_of({"/a/b/c", "/a/b", "/a", "/"}), table_of({"/a", "/a/b/c", "/a/b", "/"})}) {
        EXPECT_EQ(found(table, "/a/b/c/d"), "/a/b/c");
        EXPECT_EQ(found(table, "/a/b/cd"), "/a/b");
        EXPECT_EQ(found(table, "/a/bc"), "/a");
        EXPECT_EQ(found(table, "/ab"), "/");
        EXPECT_EQ(found(table, "/"), "/");
    }
}

TEST(RouteTable, EmptyTableHasNoRoute) { EXPECT_EQ(found(table_of({}), "/a"), "none"); }

TEST(RouteTable, KeepsConfigurationOrderAndRoutePointersAfterAMove) {
    auto table = table_of({"/a", "/a/b", "/"});
    auto const* const route = table.find("/a/b/c");
    EXPECT_EQ(table.index_of(*route), 1U);
    EXPECT_EQ(table.routes()[2].prefix, "/");
    auto const moved = std::move(table);
    EXPECT_EQ(moved.find("/a/b/c"), route);
}

TEST(RouteTable, RejectsTwoRoutesWithTheSamePrefix) {
    std::vector<RouteSettings> routes(4);
    routes[0].prefix = "/b";
    routes[1].prefix = "/a";
    routes[2].prefix = "/";
    routes[3].prefix = "/b";
    auto const table = RouteTable::make(std::move(routes));
    ASSERT_FALSE(table.has_value());
    EXPECT_NE(table.error().find("prefix /b;"), std::string::npos) << table.error();
}

}  // namespace
}  // namespace warder::gateway
