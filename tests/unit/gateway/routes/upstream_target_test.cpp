// SPDX-License-Identifier: MIT
#include "gateway/routes/upstream_target.hpp"

#include "gateway/routes/route_table.hpp"
#include "gateway/routes/upstream_url.hpp"
#include "warder/grant.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace warder::gateway {
namespace {

RouteSettings route_for(std::string_view prefix, std::string_view upstream) {
    RouteSettings route;
    route.prefix = read_prefix(prefix).value();
    route.upstream = read_upstream_url(upstream).value();
    return route;
}

std::string target(RouteSettings const& route, std::string_view requested) {
    std::string out;
    append_upstream_target(out, route, requested);
    return out;
}

struct Row {
    char const *prefix, *upstream, *requested, *expected;
};

constexpr auto kRows = std::to_array<Row>({
    // Without a path in the URL, the client's path is unchanged.
    {"/a", "http://u", "/a/b", "/a/b"},
    {"/a", "http://u", "/a", "/a"},
    {"/a", "http://u", "/a/", "/a/"},
    {"/a", "http://u", "/%61/%7e?x=%2f&", "/%61/%7e?x=%2f&"},
    {"/", "http://u", "/", "/"},
    {"/", "http://u", "/b/c", "/b/c"},
    // Otherwise, that path replaces the prefix.
    {"/a", "http://u/x", "/a/b", "/x/b"},
    {"/a", "http://u/x", "/a", "/x"},
    {"/a", "http://u/x", "/a/", "/x/"},
    {"/a", "http://u/x", "/a/b/", "/x/b/"},
    {"/a/b", "http://u/x/y/z", "/a/b/c", "/x/y/z/c"},
    {"/a/b/c", "http://u/x", "/a/b/c/d/e", "/x/d/e"},
    {"/a", "http://u/", "/a/b", "/b"},
    {"/a", "http://u/", "/a", "/"},
    {"/a", "http://u/", "/a/", "/"},
    {"/a", "http://u/x/", "/a/b", "/x/b"},
    {"/a", "http://u/x/", "/a", "/x/"},
    {"/a", "http://u/x/", "/a/", "/x/"},
    // The prefix / has no segment to remove.
    {"/", "http://u/x", "/b", "/x/b"},
    {"/", "http://u/x", "/", "/x/"},
    {"/", "http://u/x/", "/b", "/x/b"},
    {"/", "http://u/", "/b/", "/b/"},
    {"/", "http://u/", "/", "/"},
    // The rest of the client's target is unchanged.
    {"/a/b", "http://u/x", "/%61/%62/%7e%c3%a9", "/x/%7e%c3%a9"},
    {"/a", "http://u/x", "/a/b%2fc", "/x/b%2fc"},
    {"/%C3%A9", "http://u/x", "/%c3%a9/b", "/x/b"},
    {"/a", "http://u/x%20y", "/a/*;p=1", "/x%20y/*;p=1"},
    {"/a", "http://u/x", "/a?", "/x?"},
    {"/a", "http://u/x", "/a?/b?c/d", "/x?/b?c/d"},
    {"/a", "http://u/", "/a?q", "/?q"},
    {"/a", "http://u/x", "/a/b?a/../%2e&%00", "/x/b?a/../%2e&%00"},
    // A target in absolute form is written in origin form.
    {"/a", "http://u", "http://h/a/b?q", "/a/b?q"},
    {"/a", "http://u/x", "HTTPS://h:1/a/b?q", "/x/b?q"},
    {"/", "http://u", "http://h", "/"},
    {"/", "http://u", "http://h?q", "/?q"},
    {"/", "http://u/x", "http://h?q=/a", "/x/?q=/a"},
});

TEST(AppendUpstreamTarget, ReplacesThePrefix) {
    for (auto const& row : kRows)
        EXPECT_EQ(target(route_for(row.prefix, row.upstream), row.requested), row.expected)
            << row.prefix << " to " << row.upstream << ", " << row.requested;
}

TEST(AppendUpstreamTarget, ResultIsCanonicalAndBelowTheUpstreamsPath) {
    std::array<char, 256> buffer{};
    for (auto const& row : kRows) {
        auto const route = route_for(row.prefix, row.upstream);
        auto const path = target(route, row.requested);
        auto const canonical = canonicalize_path(path, buffer, EncodedSlash::kAllowed);
        ASSERT_TRUE(canonical.has_value()) << path;
        auto base = std::string_view{route.upstream.path};
        if (base.ends_with('/')) base.remove_suffix(1);
        EXPECT_TRUE(canonical->text().starts_with(base)) << path;
        EXPECT_TRUE(canonical->text().size() == base.size() || canonical->text()[base.size()] == '/') << path;
    }
}

TEST(AppendUpstreamTarget, AppendsToExistingText) {
    std::string out = "GET ";
    append_upstream_target(out, route_for("/a", "http://u/x/"), "/a/b");
    EXPECT_EQ(out, "GET /x/b");
}

}  // namespace
}  // namespace warder::gateway
