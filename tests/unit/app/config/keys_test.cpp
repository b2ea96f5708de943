// SPDX-License-Identifier: MIT
#include "app/config/keys.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::app {
namespace {

/// Returns whether the key accepts the value.
bool takes(std::string_view name, std::string const& value) {
    Config config;
    auto const* const key = find_key(name);
    return key != nullptr && key->apply(config, value);
}

TEST(Keys, EnforceTheirBounds) {
    for (auto const* good : {"127.0.0.1:0", "127.0.0.1:65535", "[::1]:8441", "localhost:1", "0.0.0.0:80"}) EXPECT_TRUE(takes("listen", good)) << good;
    for (auto const* bad : {"", ":1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1", "::1:1", "[]:1",
                            "[127.0.0.1]:1", "example.org:1"})
        EXPECT_FALSE(takes("listen", bad)) << bad;
    for (auto const* good : {"8 KiB", "64 MiB", "4 GiB"}) EXPECT_TRUE(takes("passwords.memory", good)) << good;
    for (auto const* bad : {"", "7 KiB", "5 GiB", "4097 MiB", "64MiB", "64 MB", "-1 MiB", "99999999999999999999 KiB"})
        EXPECT_FALSE(takes("passwords.memory", bad)) << bad;
    for (auto const* good : {"0.1 s", "1 day"}) EXPECT_TRUE(takes("idle_timeout", good)) << good;
    for (auto const* bad : {"", "0 s", "0.09 s", "86401 s", "-1 s", "soon"}) EXPECT_FALSE(takes("idle_timeout", bad)) << bad;
    EXPECT_TRUE(takes("threads", "0") && takes("threads", "256") && !takes("threads", "257") && !takes("threads", "1 ") && !takes("threads", "0x1"));
    EXPECT_TRUE(takes("tokens.max_life", "100 years") && !takes("tokens.max_life", "101 years") && !takes("tokens.max_life", "0.9 s"));
    for (auto const* good : {"2 s", "30", "1 hour"}) EXPECT_TRUE(takes("cluster.max_staleness", good)) << good;
    for (auto const* bad : {"", "0", "1.9 s", "3601 s", "-30 s", "soon"}) EXPECT_FALSE(takes("cluster.max_staleness", bad)) << bad;
    for (auto const* good : {"0", "0 s", "0.1 s", "1 minute"}) EXPECT_TRUE(takes("cluster.poll", good)) << good;
    for (auto const* bad : {"", "0.09 s", "61 s", "-1 s", "off"}) EXPECT_FALSE(takes("cluster.poll", bad)) << bad;
    EXPECT_TRUE(takes("keys.encryption_key_file", "/etc/warder/key") && !takes("keys.encryption_key_file", ""));
    EXPECT_TRUE(takes("store", "sqlite:x") && !takes("store", "sqlite:") && takes("store", "users-json:x") && !takes("store", "users-json:"));
}

TEST(Keys, AcceptAnEmptyTextWhereTheDefaultIsNone) {
    EXPECT_TRUE(takes("decision.source", "") && takes("gateway.listen", ""));
    for (auto const* const good : {"forwarded", "original", "path"}) EXPECT_TRUE(takes("decision.source", good)) << good;
    EXPECT_FALSE(takes("decision.source", "Path") || takes("gateway.listen", "127.0.0.1") || takes("route", "/a"));
}

TEST(Keys, RejectAnEmptyTextOtherwise) {
    for (auto const* name : {"listen", "data_dir", "store", "threads", "max_connections", "allow_plaintext", "header_timeout", "idle_timeout",
                             "drain_timeout", "tokens.max_life", "tokens.keep_expired", "tokens.max_per_user", "passwords.memory", "passwords.passes",
                             "passwords.workers", "passwords.queue", "log.level", "log.format", "log.access"}) {
        ASSERT_NE(find_key(name), nullptr) << name;
        EXPECT_FALSE(takes(name, "")) << name;
    }
}

TEST(NearestKey, CountsATranspositionAsOneEdit) {
    EXPECT_EQ(nearest_key("lisetn").name, "listen");
    EXPECT_EQ(nearest_key("tokens.max_lief").name, "tokens.max_life");
    EXPECT_EQ(nearest_key("passwords.memry").name, "passwords.memory");
}

TEST(NearestTopLevelName, WritesSectionsInBrackets) {
    EXPECT_EQ(nearest_at_the_top("stroe"), "store");
    EXPECT_EQ(nearest_at_the_top("token"), "[tokens]");
    EXPECT_EQ(nearest_at_the_top("routes"), "[[route]]");
}

TEST(IsSection, DistinguishesSectionsFromKeysAndUnknownNames) {
    for (auto const* name : {"tokens", "metrics", "cluster"}) EXPECT_TRUE(is_section(name)) << name;
    for (auto const* name : {"foo", "listen", "route", ""}) EXPECT_FALSE(is_section(name)) << name;
}

TEST(ClassifyVariable, DistinguishesSettingsMisspellingsAndForeignVariables) {
    using enum Variable::Kind;
    EXPECT_EQ(classify_variable("WARDER_TOKENS_MAX_LIFE", "x").key, find_key("tokens.max_life"));
    EXPECT_EQ(classify_variable("WARDER_DATA_DIR", "x").key, find_key("data_dir"));
    for (auto const* name : {"WARDER_LISTNE", "WARDER_STROE", "WARDER_TOKENS_", "WARDER_LOG_COLOUR", "WARDER_ADMIN_PASSWRD", "WARDER_MAX_CONNECTION"})
        EXPECT_EQ(classify_variable(name, "x").kind, kMisspelt) << name;
    for (auto const* name : {"WARDER_", "WARDER_BIN", "WARDER_STATE", "WARDER_HOME", "WARDER_NONSENSE"})
        EXPECT_EQ(classify_variable(name, "x").kind, kForeign) << name;
    EXPECT_EQ(classify_variable("WARDER_LISTNE", "x").nearest, "WARDER_LISTEN");
    EXPECT_EQ(classify_variable("WARDER_ROUTE_PREFIX", "x").key, find_key("route"));
    EXPECT_EQ(classify_variable("WARDER_ROUTER", "x").kind, kMisspelt);
    EXPECT_EQ(classify_variable("WARDER_ROUTER_ADDRESS", "x").kind, kForeign);
}

}  // namespace
}  // namespace warder::app
