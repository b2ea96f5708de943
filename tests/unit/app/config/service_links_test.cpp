// SPDX-License-Identifier: MIT
#include "app/config/service_links.hpp"

#include "app/config/keys.hpp"

#include <gtest/gtest.h>

namespace warder::app {
namespace {

TEST(IsServiceLink, RecognizesTheVariablesOfKubernetesAndDocker) {
    for (auto const* name :
         {"WARDER_SERVICE_HOST", "WARDER_UI_SERVICE_HOST", "WARDER_UI_SERVICE_PORT", "WARDER_UI_SERVICE_PORT_HTTPS", "WARDER_PORT", "WARDER_LOG_PORT",
          "WARDER_UI_PORT_8441_TCP", "WARDER_UI_PORT_8441_TCP_PROTO", "WARDER_UI_PORT_8441_TCP_PORT", "WARDER_UI_PORT_8441_TCP_ADDR",
          "WARDER_AUDIT_PORT_53_UDP", "WARDER_AUDIT_PORT_53_UDP_ADDR", "WARDER_UI_PORT_5_SCTP", "WARDER_ROUTE_SERVICE_HOST",
          "WARDER_PORT_PORT_80_TCP", "WARDER_UI_PORT_1_TCP_START", "WARDER_UI_PORT_1_TCP_PORT_END", "WARDER_UI_ENV_LANG"})
        EXPECT_TRUE(is_service_link(name, "tcp://10.0.0.1:8441")) << name;
    EXPECT_TRUE(is_service_link("WARDER_LOG_NAME", "/app/warder-log"));
}

TEST(IsServiceLink, DoesNotMatchOtherNames) {
    for (auto const* name :
         {"WARDER_LISTEN", "WARDER_GATEWAY_LISTNE", "WARDER_UI_PORTS", "WARDER_UI_PORT_TCP", "WARDER_UI_PORT_8441", "WARDER_UI_HOST",
          "WARDER_UI_PORT_8441_TCP_HOST", "WARDER_UI_PORT_123456_TCP", "WARDER_UI_PORT_8441_HTTP", "WARDER_UI_SERVICE"})
        EXPECT_FALSE(is_service_link(name, "tcp://10.0.0.1:8441")) << name;
    for (auto const* value : {"", "x", "/", "//", "/a", "/a/", "//a"}) EXPECT_FALSE(is_service_link("WARDER_LOG_NAME", value)) << value;
}

TEST(ClassifyVariable, RecognizesServiceLinksBeforeMisspellings) {
    using enum Variable::Kind;
    EXPECT_EQ(classify_variable("WARDER_GATEWAY_PORT", "tcp://10.0.0.1:80").kind, kServiceLink);
    EXPECT_EQ(classify_variable("WARDER_ROUTE_PORT", "tcp://10.0.0.1:80").kind, kServiceLink);
    EXPECT_EQ(classify_variable("WARDER_LOG_NAME", "x").kind, kMisspelt);
}

}  // namespace
}  // namespace warder::app
