// SPDX-License-Identifier: MIT
#include "gateway/routes/lenient_path.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::gateway {
namespace {

RouteSettings make_route(std::string prefix, bool is_strict) {
    RouteSettings settings;
    settings.prefix = std::move(prefix);
    settings.strict_paths = is_strict;
    return settings;
}

std::string prefix_of(RouteTable const& table, std::string_view path) {
    auto const* const route = find_lenient_route(table, path);
    return route == nullptr ? "" : route->prefix;
}

TEST(FindLenientRoute, ReturnsTheLongestPrefixSharedByAllInterpretations) {
    auto const table = RouteTable::make({make_route("/", false), make_route("/a", false), make_route("/a/b", false), make_route("/s", true)}).value();
    EXPECT_EQ(prefix_of(table, "/a/b/%zz"), "/a/b");
    EXPECT_EQ(prefix_of(table, "/x/./y"), "/");
    EXPECT_EQ(prefix_of(table, "/a/x//y"), "/a");
    EXPECT_EQ(prefix_of(table, "/a/%78/../y"), "/a");
    EXPECT_EQ(prefix_of(table, "/s/./x"), "") << "that route is strict";
}

TEST(FindLenientRoute, ReturnsNoneWhenInterpretationsDiffer) {
    auto const table =
        RouteTable::make({make_route("/", false), make_route("/a", false), make_route("/a/b%20c", false), make_route("/s", true)}).value();
    for (auto const* const path :
         {"/a/../x", "/a/%2e%2e/x", "/a/%252e%252e/x", "/a/..%2fx", "/a%2fx", "//a/x", "/x/../s", "/x/..;/s", "/a/..\\x", "/x/..%5cs", "/%61/x/../y",
          "/a/b%20c/%zz", "/;x/a", "/./a", "", "a", "/x/../v1alpha/token", "/./v1alpha/token", "/api//v1alpha/token"})
        EXPECT_EQ(prefix_of(table, path), "") << path;
}

}  // namespace
}  // namespace warder::gateway
