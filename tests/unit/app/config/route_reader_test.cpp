// SPDX-License-Identifier: MIT
#include "app/config/config.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>

namespace warder::app {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ReadRoutes : public testing::Test {
  protected:
    Reading read(std::string const& toml) {
        auto const file = directory_.path() / "w.toml";
        std::ofstream{file} << toml;
        return read_settings(file, {});
    }
    tests::TemporaryDirectory directory_;
};

TEST_F(ReadRoutes, ReturnsNoRoutesByDefault) {
    EXPECT_THAT(read("").config.routes, IsEmpty());
    auto const reading = read("route = []\n");
    EXPECT_THAT(reading.config.routes, IsEmpty());
    EXPECT_THAT(reading.problems, IsEmpty());
}

TEST_F(ReadRoutes, RejectsContradictorySettings) {
    std::string const start = "[[route]]\nprefix = '/a'\nupstream = 'http://h:1'\n";
    EXPECT_THAT(read(start + "user_header = 'X-Remote-User'\ncredential = 'header-file:x_remote_user:/f'\n").problems,
                ElementsAre(AllOf(HasSubstr(":4:"), HasSubstr("header-file"))));
    EXPECT_THAT(read(start + "user_header = 'X-Key'\ntoken_header = 'x_key'\n").problems, ElementsAre(HasSubstr("token_header")));
    EXPECT_THAT(read(start + "token_header = 'X-Key'\ncredential = 'header-file:X-Key:/f'\n").problems, IsEmpty());
    EXPECT_THAT(read(start + "user_header = 'X-Remote-User'\nauth = 'none'\n").problems, ElementsAre(HasSubstr("auth = \"token\"")));
    EXPECT_THAT(read(start + "rpc_body_limit = '2 MiB'\n").problems, ElementsAre(HasSubstr("json_rpc")));
    EXPECT_THAT(read(start + "rpc_body_limit = '2 MiB'\njson_rpc = true\nwebsocket = true\nuser_header = 'X-Remote-User'\n").problems, IsEmpty());
}

TEST_F(ReadRoutes, UsesDefaultsExceptForPrefixAndUpstream) {
    auto const reading = read("[[route]]\nprefix = '/a'\nupstream = 'http://h:1'\n");
    EXPECT_THAT(reading.problems, IsEmpty());
    ASSERT_EQ(reading.config.routes.size(), 1U);
    auto const& route = reading.config.routes.front();
    EXPECT_EQ(route.credential.kind, gateway::UpstreamCredentialSource::Kind::kNone);
    EXPECT_FALSE(route.json_rpc || route.allow_encoded_slash || route.pass_preflight);
    EXPECT_EQ(route.auth, gateway::RouteSettings::Auth::kToken);
    EXPECT_EQ(route.connect_timeout, 5s);
    EXPECT_EQ(route.response_timeout, 60s);
    EXPECT_EQ(route.idle_timeout, 300s);
    EXPECT_FALSE(route.body_limit || !route.ca_file.empty());
}

TEST_F(ReadRoutes, ReadsEverySettingOfARoute) {
    auto const reading = read(R"(
[[route]]
prefix = "/bitcoin/"
upstream = "https://h/x"
credential = "basic-file:.cookie"
json_rpc = true
auth = "none"
allow_encoded_slash = true
pass_preflight = true
ca_file = "ca.pem"
connect_timeout = "1 s"
response_timeout = 2.5
idle_timeout = "PT1H"
body_limit = "2 MiB"
[[route]]
prefix = "/"
upstream = "http://h"
)");
    EXPECT_THAT(reading.problems, IsEmpty());
    ASSERT_EQ(reading.config.routes.size(), 2U);
    auto const& route = reading.config.routes.front();
    EXPECT_EQ(route.prefix, "/bitcoin");
    EXPECT_EQ(route.upstream.host, "h");
    EXPECT_EQ(route.credential.file, ".cookie");
    EXPECT_TRUE(route.json_rpc && route.allow_encoded_slash && route.pass_preflight && route.auth == gateway::RouteSettings::Auth::kNone);
    EXPECT_EQ(route.ca_file, "ca.pem");
    EXPECT_EQ(route.connect_timeout, 1s);
    EXPECT_EQ(route.response_timeout, 2'500ms);
    EXPECT_EQ(route.idle_timeout, 1h);
    EXPECT_EQ(route.body_limit, std::uint64_t{2} << 20U);
    EXPECT_EQ(reading.config.routes.back().prefix, "/");
}

TEST_F(ReadRoutes, ReportsMissingPrefixAndUpstream) {
    EXPECT_THAT(read("\n[[route]]\n").problems,
                ElementsAre(HasSubstr("w.toml:2: this [[route]] has no prefix"), HasSubstr("w.toml:2: this [[route]] has no upstream")));
}

TEST_F(ReadRoutes, ReportsErrorsInTheOrderOfTheLines) {
    EXPECT_THAT(
        read("[[route]]\nprefix = '/a'\nca_file = 'x'\nupstream = 'http://h'\nauth = 'no'\ncolour = 1\n[[route]]\nprefix = 7\nupstream = 'h'\n")
            .problems,
        ElementsAre(HasSubstr("w.toml:3: ca_file requires an upstream that begins with https://"),
                    HasSubstr("w.toml:5: invalid value \"no\" for auth: expected \"token\" or \"none\""),
                    HasSubstr("w.toml:6: unknown key \"colour\" in [[route]]; the nearest known name is"),
                    HasSubstr("w.toml:8: invalid type for prefix: found a number; "), HasSubstr("w.toml:9: invalid value for upstream: ")));
}

TEST_F(ReadRoutes, RejectsTwoRoutesWithTheSamePrefix) {
    EXPECT_THAT(read("[[route]]\nprefix = '/a'\nupstream = 'http://h'\n[[route]]\nprefix = '/%61/'\nupstream = 'http://g'\n").problems,
                ElementsAre(HasSubstr("w.toml:5: prefix \"/a\" is already used by the [[route]] in line 2")));
}

TEST_F(ReadRoutes, DoesNotRepeatSecrets) {
    for (auto const& problem : read("[[route]]\nprefix = '/a'\nupstream = 'http://u:hunter2@h'\ncredential = 'hunter2'\n").problems)
        EXPECT_THAT(problem, Not(HasSubstr("hunter2")));
    auto const reading = read_settings(std::nullopt, {.environment = {{"WARDER_ROUTE_CREDENTIAL", "hunter2"}}, .flags = {}});
    EXPECT_THAT(reading.problems,
                ElementsAre(testing::AllOf(HasSubstr("WARDER_ROUTE_CREDENTIAL"), HasSubstr("[[route]]"), Not(HasSubstr("hunter2")))));
}

TEST_F(ReadRoutes, RequiresAnArrayOfTables) {
    for (auto const* const wrong : {"route = 1", "[route]", "route = [1]", "route = '/a'", "[route.a]"})
        EXPECT_THAT(read(std::string{wrong} + "\n").problems, ElementsAre(HasSubstr("write [[route]], with two brackets"))) << wrong;
}

TEST_F(ReadRoutes, ValidatesTheGatewayListenAddress) {
    EXPECT_EQ(read("gateway.listen = '[0::1]:0'\n").config.server.gateway_listen, (net::ListenAddress{.host = "::1", .port = 0}));
    EXPECT_FALSE(read("gateway.listen = ''\n").config.server.gateway_listen);
    EXPECT_THAT(read("gateway.listen = '0.0.0.0:1'\n").problems,
                ElementsAre(HasSubstr("gateway.listen = \"0.0.0.0:1\": without TLS, only loopback addresses are allowed")));
    EXPECT_THAT(read("gateway.listen = '0.0.0.0:1'\nallow_plaintext = true\n").problems, IsEmpty());
    EXPECT_THAT(read("gateway.listen = 'localhost:8441'\n").problems, ElementsAre(HasSubstr("same address as listen")));
    EXPECT_THAT(read("listen = '127.0.0.1:0'\ngateway.listen = '127.0.0.1:0'\n").problems, IsEmpty());
}

}  // namespace
}  // namespace warder::app
