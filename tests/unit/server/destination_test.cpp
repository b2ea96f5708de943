// SPDX-License-Identifier: MIT
#include "server/destination.hpp"

#include "http/request_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace warder::server {
namespace {

/// Has one route and counts how often a path is routed.
class FakeProxy final : public gateway::Proxy {
  public:
    explicit FakeProxy(std::string prefix) : table_{make_table(std::move(prefix))} {}

    gateway::ProxyRoute resolve(std::string_view path) override {
        ++resolved;
        return {.routes = {}, .path = {table_, path}};
    }
    net::Task<bool> forward(gateway::ProxyRoute, auth::RequestContext, gateway::Forwarding) override { co_return false; }
    void sweep(std::chrono::steady_clock::time_point) override {}
    void close_all() override {}

    int resolved = 0;

  private:
    static gateway::RouteTable make_table(std::string prefix) {
        std::vector<gateway::RouteSettings> routes(1);
        routes.front().prefix = std::move(prefix);
        return gateway::RouteTable::make(std::move(routes)).value();
    }

    gateway::RouteTable table_;
};

/// Returns the name of the destination: api, ui, decision, gateway, or none for a 404 of the management API.
std::string destination(std::string const& line, Service service, FakeProxy& proxy, bool has_ui = true) {
    http::tests::RequestText const text{line + "\nHost: x\n"};
    auto const found = find_destination(text.request(), service, &proxy, has_ui);
    if (std::holds_alternative<DecisionRequest>(found)) return "decision";
    if (std::holds_alternative<gateway::ProxyRoute>(found)) return "gateway";
    auto const kind = std::get<api::Match>(found).kind;
    return kind == api::Match::Kind::kNotFound ? "none" : kind == api::Match::Kind::kUi ? "ui" : "api";
}

TEST(FindDestination, PrefersTheServersOwnPathsToRoutes) {
    FakeProxy proxy{"/"};
    for (auto const* path : {"/v1alpha/whoami", "/api/v1alpha/token/", "/healthz/liveness", "/v1alpha/whoami?a", "http://x/v1alpha/whoami"})
        EXPECT_EQ(destination(std::string{"GET "} + path, Service::kBoth, proxy), "api") << path;
    EXPECT_EQ(destination("BREW /v1alpha/whoami", Service::kBoth, proxy), "api") << "405";
    for (auto const* path : {"/", "/ui/", "/ui/x", "http://x", "http://x?a"})
        EXPECT_EQ(destination(std::string{"GET "} + path, Service::kBoth, proxy), "ui") << path;
    for (auto const* path : {"/auth", "/auth/", "/auth/a%20b", "/auth?a"})
        EXPECT_EQ(destination(std::string{"PURGE "} + path, Service::kBoth, proxy), "decision") << path;
    EXPECT_EQ(proxy.resolved, 0);
}

TEST(FindDestination, NeverForwardsAPathThatIsTheServersOwnAfterDecoding) {
    FakeProxy proxy{"/"};
    for (auto const* path : {"/v1alpha/%77hoami", "/%61uth", "/%61uth/x", "/%75i/x", "/%76%31alpha/token/"})
        EXPECT_EQ(destination(std::string{"GET "} + path, Service::kBoth, proxy), "none") << path;
    EXPECT_EQ(destination("GET /%75i/x", Service::kBoth, proxy, false), "gateway");
    EXPECT_EQ(destination("GET /%61b", Service::kBoth, proxy), "gateway");
}

TEST(FindDestination, RoutesAPathOfTheGatewayOnce) {
    FakeProxy proxy{"/a"};
    EXPECT_EQ(destination("GET /a/%62", Service::kBoth, proxy), "gateway");
    EXPECT_EQ(proxy.resolved, 1);
    EXPECT_EQ(destination("GET /b", Service::kBoth, proxy), "none");
    EXPECT_EQ(destination("GET /", Service::kBoth, proxy, false), "none");
}

TEST(FindDestination, GivesAListenerOfTheGatewayEveryPath) {
    FakeProxy proxy{"/a"};
    for (auto const* path : {"/v1alpha/whoami", "/auth", "/", "/b"})
        EXPECT_EQ(destination(std::string{"GET "} + path, Service::kGateway, proxy), "gateway") << path;
}

TEST(FindDestination, IgnoresRoutesOnAListenerOfTheManagementApi) {
    FakeProxy proxy{"/a"};
    EXPECT_EQ(destination("GET /a", Service::kManagementApi, proxy), "none");
    EXPECT_EQ(destination("GET /auth", Service::kManagementApi, proxy), "decision");
    EXPECT_EQ(destination("CONNECT /auth", Service::kManagementApi, proxy), "none") << "405";
    EXPECT_EQ(proxy.resolved, 0);
}

}  // namespace
}  // namespace warder::server
