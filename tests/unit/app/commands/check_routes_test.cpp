// SPDX-License-Identifier: MIT
#include "app/commands/check_routes.hpp"

#include "app/config/unreachable_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warder::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Reading with_prefix(std::string prefix) {
    Reading reading;
    reading.config.routes.emplace_back().prefix = std::move(prefix);
    return reading;
}

TEST(FindRouteProblems, ReportsUnreadableFilesOfARoute) {
    auto reading = with_prefix("/a");
    auto& route = reading.config.routes.front();
    route.credential = {.kind = gateway::UpstreamCredentialSource::Kind::kBasicFile, .header_name = {}, .file = "/nowhere/cookie"};
    route.ca_file = "/nowhere/ca.pem";
    EXPECT_THAT(find_route_problems(reading), ElementsAre(HasSubstr("route /a: credential file /nowhere/cookie: no such file"),
                                                          HasSubstr("route /a: ca_file /nowhere/ca.pem: it can't be read")));
}

TEST(FindRouteProblems, ReportsRoutesHiddenByTheManagementApi) {
    for (auto const* const prefix : {"/v1alpha/token", "/api/v1alpha/token", "/v1alpha/token/x", "/healthz/liveness", "/v1alpha/whoami"})
        EXPECT_THAT(find_route_problems(with_prefix(prefix)), ElementsAre(HasSubstr("set gateway.listen"))) << prefix;
    for (auto const* const prefix : {"/", "/authors", "/v1alpha", "/v1alpha/wallets", "/healthz"})
        EXPECT_THAT(find_route_problems(with_prefix(prefix)), IsEmpty()) << prefix;
}

TEST(FindUnreachableRoutes, ReportsRoutesHiddenByTheDecisionEndpoint) {
    for (auto const* const prefix : {"/auth", "/auth/x", "/auth/x/y"})
        EXPECT_THAT(find_unreachable_routes(with_prefix(prefix)), ElementsAre(HasSubstr("set gateway.listen"))) << prefix;
    for (auto const* const prefix : {"/", "/authors", "/v1alpha", "/v1alpha/token", "/healthz"})
        EXPECT_THAT(find_unreachable_routes(with_prefix(prefix)), IsEmpty()) << prefix;
}

TEST(FindUnreachableRoutes, ReportsRoutesHiddenByTheWebUi) {
    for (auto const* const prefix : {"/ui", "/ui/x"}) {
        auto reading = with_prefix(prefix);
        EXPECT_THAT(find_unreachable_routes(reading), IsEmpty()) << prefix;
        reading.config.ui_same_origin = true;
        EXPECT_THAT(find_unreachable_routes(reading), ElementsAre(HasSubstr("set gateway.listen"))) << prefix;
        reading.config.ui_enabled = false;
        EXPECT_THAT(find_unreachable_routes(reading), IsEmpty()) << prefix;
    }
}

TEST(FindUnreachableRoutes, ReportsNoHiddenRoutesWithAGatewayListener) {
    for (auto const* const prefix : {"/auth", "/v1alpha/token"}) {
        auto reading = with_prefix(prefix);
        reading.config.server.gateway_listen = {.host = "127.0.0.1", .port = 1};
        EXPECT_THAT(find_unreachable_routes(reading), IsEmpty());
        EXPECT_THAT(find_route_problems(reading), IsEmpty());
        reading.config.server.gateway_listen.reset();
        reading.unsure = {"gateway.listen"};
        EXPECT_THAT(find_unreachable_routes(reading), IsEmpty());
        EXPECT_THAT(find_route_problems(reading), IsEmpty());
    }
}

}  // namespace
}  // namespace warder::app
