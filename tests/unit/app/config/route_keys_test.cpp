// SPDX-License-Identifier: MIT
#include "app/config/route_keys.hpp"

#include "http/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace warder::app {
namespace {

using gateway::RouteSettings;
using gateway::UpstreamCredentialSource;
using testing::HasSubstr;

/// Returns a route with this value, or a default route if the key rejects it.
RouteSettings with(std::string_view name, std::string const& value) {
    RouteSettings route;
    return find_route_key(name)->apply(route, value) ? route : RouteSettings{};
}

bool route_takes(std::string_view name, std::string const& value) {
    RouteSettings route;
    return find_route_key(name)->apply(route, value).has_value();
}

TEST(RouteKeys, RejectAnEmptyText) {
    for (auto const& key : all_route_keys()) EXPECT_FALSE(route_takes(key.name, "")) << key.name;
}

TEST(RouteKeys, EnforceTheirBounds) {
    for (auto const* const good : {"1 KiB", "64 KiB", "1024 GiB"}) EXPECT_TRUE(route_takes("body_limit", good)) << good;
    for (auto const* const bad : {"0 KiB", "64", "64KiB", "64 kB", "1025 GiB", "99999999999999999999 GiB", "-1 KiB"})
        EXPECT_FALSE(route_takes("body_limit", bad)) << bad;
    EXPECT_EQ(with("body_limit", "3 MiB").body_limit, std::uint64_t{3} << 20U);
    for (auto const* const name : {"connect_timeout", "response_timeout", "idle_timeout"})
        EXPECT_TRUE(route_takes(name, "0.1 s") && route_takes(name, "1 day") && !route_takes(name, "0.09 s") && !route_takes(name, "86401 s"))
            << name;
    EXPECT_EQ(with("auth", "none").auth, RouteSettings::Auth::kNone);
    EXPECT_TRUE(route_takes("auth", "token") && !route_takes("auth", "basic"));
}

TEST(RouteKeys, RejectAUserHeaderWithAnotherMeaning) {
    for (auto const* const good : {"X-Remote-User", "Remote-User", "X-WEBAUTH-USER", "X-Forwarded-User", "X-Auth-Request-User"})
        EXPECT_EQ(with("user_header", good).user_header, good);
    for (auto const* const bad : {"Host",
                                  "Authorization",
                                  "cookie",
                                  "Connection",
                                  "Content-Length",
                                  "Content-Type",
                                  "Transfer-Encoding",
                                  "TE",
                                  "Upgrade",
                                  "Expect",
                                  "X-Warder-User",
                                  "x_warder_x",
                                  "X-Forwarded-For",
                                  "X-Forwarded-Proto",
                                  "X_Forwarded_Host",
                                  "Destination",
                                  "X-HTTP-Method-Override",
                                  "X-Amz-Copy-Source",
                                  "Script-Name",
                                  "Proxy-Authorization",
                                  "a b",
                                  "X-User:",
                                  "X-Ü"})
        EXPECT_FALSE(route_takes("user_header", bad)) << bad;
}

TEST(RouteKeys, RejectATokenHeaderWithAnotherMeaning) {
    for (auto const* const good : {"x-api-key", "X-Api-Key", "PRIVATE-TOKEN", "apikey", "X-Auth-Token"})
        EXPECT_TRUE(http::equal_ignoring_case(with("token_header", good).token_header, good)) << good;
    EXPECT_EQ(with("token_header", "X-Api-Key").token_header, "x-api-key");
    for (auto const* const bad : {"",
                                  "Authorization",
                                  "X-Warder-Token",
                                  "x_warder_token",
                                  "X-Warder-Key",
                                  "Host",
                                  "Cookie",
                                  "Connection",
                                  "Keep-Alive",
                                  "TE",
                                  "Trailer",
                                  "Transfer-Encoding",
                                  "Upgrade",
                                  "Content-Length",
                                  "Content-Type",
                                  "Proxy-Authorization",
                                  "Proxy-Connection",
                                  "X-Forwarded-User",
                                  "X-Original-URI",
                                  "Destination",
                                  "X-HTTP-Method-Override",
                                  "Origin",
                                  "Sec-Fetch-Site",
                                  "a b",
                                  "X-Key:",
                                  "X-Ü"})
        EXPECT_FALSE(route_takes("token_header", bad)) << bad;
}

TEST(RouteKeys, AcceptDialectSettings) {
    EXPECT_FALSE(RouteSettings{}.websocket.has_value());
    EXPECT_EQ(with("websocket", "true").websocket, true);
    EXPECT_EQ(with("websocket", "false").websocket, false);
    EXPECT_TRUE(RouteSettings{}.strict_paths);
    EXPECT_FALSE(with("strict_paths", "false").strict_paths);
    EXPECT_EQ(with("rpc_body_limit", "64 MiB").rpc_body_limit, std::uint64_t{64} << 20U);
    for (auto const* const bad : {"65 MiB", "1 GiB", "512", "0 KiB", "many"}) EXPECT_FALSE(route_takes("rpc_body_limit", bad)) << bad;
}

TEST(RouteKeys, NormalizeThePrefix) {
    EXPECT_EQ(with("prefix", "/a/b/").prefix, "/a/b");
    EXPECT_EQ(with("prefix", "/%61").prefix, "/a");
    EXPECT_EQ(with("prefix", "/").prefix, "/");
    for (auto const* const bad : {"a", "/a?b", "/a//b", "/a/../b", "//", "/a%2Fb", "/a b", "/a/*"}) EXPECT_FALSE(route_takes("prefix", bad)) << bad;
}

TEST(RouteKeys, AcceptTheUrlOfAnUpstream) {
    for (auto const* const good : {"http://127.0.0.1:8332", "https://example.org/base/", "HTTP://[::1]:80/"})
        EXPECT_TRUE(route_takes("upstream", good)) << good;
    for (auto const* const bad : {"example.org", "ftp://example.org", "http://", "http://u:p@example.org", "http://example.org/?q",
                                  "http://example.org:0", "http://example.org:65536", "unix:/run/x.sock"})
        EXPECT_FALSE(route_takes("upstream", bad)) << bad;
    auto const url = with("upstream", "https://Example.org/base").upstream;
    EXPECT_TRUE(url.is_tls && url.host == "example.org" && url.port == 443 && url.path == "/base");
}

TEST(RouteKeys, AcceptACredentialFileByKind) {
    EXPECT_EQ(with("credential", "pass").credential.kind, UpstreamCredentialSource::Kind::kPass);
    auto const basic = with("credential", "basic-file:/b/with:colon").credential;
    EXPECT_TRUE(basic.kind == UpstreamCredentialSource::Kind::kBasicFile && basic.file == "/b/with:colon" && basic.header_name.empty());
    EXPECT_EQ(with("credential", "bearer-file:b").credential.kind, UpstreamCredentialSource::Kind::kBearerFile);
    auto const header = with("credential", "header-file:X-Api-Key:k:1").credential;
    EXPECT_TRUE(header.kind == UpstreamCredentialSource::Kind::kHeaderFile && header.header_name == "X-Api-Key" && header.file == "k:1");
    for (auto const* const bad : {"Pass", "pass:", "none:", "basic-file", "basic-file:", "bearer-file:", "header-file:X",
                                  "header-file:X:", "header-file::f", "header-file:X Y:f", "header-file:/f", "basic:u:p", "hunter2"})
        EXPECT_FALSE(route_takes("credential", bad)) << bad;
}

TEST(RouteKeys, RejectACredentialHeaderThatTheGatewaySets) {
    for (auto const* const name :
         {"Host", "content-length", "Transfer-Encoding", "Transfer_Encoding", "Connection", "Upgrade", "TE", "Trailer", "Keep-Alive",
          "Proxy-Connection", "Proxy-Authorization", "Expect", "X-Warder-User", "x_warder_admin", "X-Forwarded-For"}) {
        RouteSettings route;
        auto const set = find_route_key("credential")->apply(route, std::string{"header-file:"} + name + ":/f");
        EXPECT_THAT(set ? "taken" : set.error(), HasSubstr(name));
    }
    for (auto const* const name : {"Authorization", "Cookie", "X-Api-Key", "X-WarderX", "Remote-User"})
        EXPECT_TRUE(route_takes("credential", std::string{"header-file:"} + name + ":/f")) << name;
}

TEST(NearestRouteKey, ReturnsTheNearestKeyOfARoute) {
    EXPECT_EQ(nearest_route_key("prefx").name, "prefix");
    EXPECT_EQ(nearest_route_key("timeout").name, "idle_timeout");
    EXPECT_EQ(find_route_key("listen"), nullptr);
}

}  // namespace
}  // namespace warder::app
