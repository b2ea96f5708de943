// SPDX-License-Identifier: MIT
#include "app/config/useless_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warder::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

void add_route(Config& config) { config.routes.emplace_back().prefix = "/a"; }

TEST(FindUselessSettings, ReportsNothingForTheDefaults) { EXPECT_THAT(find_useless_settings({}), IsEmpty()); }

TEST(FindUselessSettings, ReportsAllowPlaintextWithTls) {
    Config config;
    config.allow_plaintext = true;
    EXPECT_THAT(find_useless_settings(config), IsEmpty());
    config.server.tls.certificate = "c.pem";
    EXPECT_THAT(find_useless_settings(config), ElementsAre(StartsWith("allow_plaintext has no effect")));
}

TEST(FindUselessSettings, ReportsAGatewayListenerWithoutRoutes) {
    Config config;
    config.server.gateway_listen = {.host = "127.0.0.1", .port = 1};
    EXPECT_THAT(find_useless_settings(config), ElementsAre(StartsWith("gateway.listen has no effect")));
    add_route(config);
    EXPECT_THAT(find_useless_settings(config), IsEmpty());
}

TEST(FindUselessSettings, ReportsSameOriginWithoutASharedOrigin) {
    Config config;
    config.ui_same_origin = true;
    EXPECT_THAT(find_useless_settings(config), ElementsAre(StartsWith("ui.same_origin has no effect: there is no")));
    add_route(config);
    EXPECT_THAT(find_useless_settings(config), IsEmpty());
    config.server.gateway_listen = {.host = "127.0.0.1", .port = 1};
    EXPECT_THAT(find_useless_settings(config), ElementsAre(StartsWith("ui.same_origin has no effect: gateway.listen")));
    config.ui_enabled = false;
    EXPECT_THAT(find_useless_settings(config), ElementsAre(StartsWith("ui.same_origin has no effect: ui.enabled")));
}

TEST(FindUselessSettings, ReportsAnIdleLimitBeyondTheAbsoluteLimit) {
    Config config;
    config.sessions.idle = config.sessions.absolute;
    EXPECT_THAT(find_useless_settings(config), IsEmpty());
    config.sessions.idle += std::chrono::milliseconds{1};
    EXPECT_THAT(find_useless_settings(config), ElementsAre(StartsWith("ui.idle has no effect")));
}

TEST(FindUselessSettings, ReportsAnAccessLogHiddenByTheLogLevel) {
    Config config;
    config.server.access_log = true;
    EXPECT_THAT(find_useless_settings(config), IsEmpty());
    config.log_level = log::Level::kWarning;
    EXPECT_THAT(find_useless_settings(config), ElementsAre(StartsWith("log.access has no effect")));
}

TEST(FindUselessSettings, ReportsSettingsOfAClusterWithALocalStore) {
    for (auto const* store : {"sqlite:x.db", "users-json:users.json"}) {
        Config config;
        config.store = store;
        config.max_staleness = std::chrono::seconds{30};  // also at its default
        config.poll = std::chrono::seconds{0};
        config.encryption_key_file = "k";
        EXPECT_THAT(find_useless_settings(config), ElementsAre(StartsWith("cluster.max_staleness has no effect: the store is on this machine"),
                                                               StartsWith("cluster.poll has no effect: the store is on this machine"),
                                                               StartsWith("keys.encryption_key_file has no effect: the store is on this machine")));
    }
}

}  // namespace
}  // namespace warder::app
