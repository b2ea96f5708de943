// SPDX-License-Identifier: MIT
#include "app/config/key_help.hpp"

#include "app/config/keys.hpp"
#include "app/config/preset_reader.hpp"
#include "app/config/route_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace warder::app {
namespace {

/// Returns a default as it would be given in the environment: without quotes, and without the brackets of a list.
std::string plain(std::string_view fallback) {
    if (fallback == "[]") return "";
    return std::string{fallback.starts_with('"') ? fallback.substr(1, fallback.size() - 2) : fallback};
}

TEST(KeyHelp, DescribesEverySetting) {
    for (auto const& key : all_keys()) {
        bool const needs_text = key.kind != Key::Kind::kTables;
        EXPECT_TRUE(!needs_text || find_key_help(key.name) != nullptr) << key.name << " has no text in key_help.cpp";
    }
    for (auto const& key : all_route_keys()) EXPECT_NE(find_key_help("route." + std::string{key.name}), nullptr) << key.name;
}

bool is_setting(std::string_view name) {
    if (name.starts_with("route.")) return find_route_key(name.substr(6)) != nullptr;
    if (name.starts_with("preset.")) return kind_of_preset_key(name.substr(7)).has_value();
    return find_key(name) != nullptr;
}

TEST(KeyHelp, DescribesOnlySettings) {
    for (auto const& help : all_key_help()) EXPECT_TRUE(is_setting(help.name)) << help.name;
}

void apply_defaults(Config& config) {
    for (auto const& key : all_keys()) {
        auto const* const help = find_key_help(key.name);
        if (help == nullptr || help->fallback.empty()) continue;
        EXPECT_TRUE(key.apply(config, plain(help->fallback))) << key.name;
    }
}

TEST(KeyHelp, HasDefaultsThatARouteAccepts) {
    gateway::RouteSettings route;
    for (auto const& key : all_route_keys()) {
        auto const* const help = find_key_help("route." + std::string{key.name});
        if (help == nullptr || help->fallback.empty()) continue;
        EXPECT_TRUE(key.apply(route, plain(help->fallback))) << key.name;
    }
}

TEST(KeyHelp, HasTheDefaultsOfTheProgram) {
    Config const fresh;
    Config config;
    config.server.max_connections = 1;
    config.server.header_timeout = config.server.idle_timeout = config.server.drain_timeout = config.server.drain_delay = {};
    config.tokens = {.max_lifetime = Seconds{1}, .keep_expired = Seconds{1}, .max_per_user = 1, .keep_audit = Seconds{1}};
    config.passwords.cost = {};
    config.passwords.workers = 1;
    config.passwords.queue = 1;
    config.sessions.idle = config.sessions.absolute = {};
    apply_defaults(config);
    EXPECT_EQ(config.server.max_connections, fresh.server.max_connections);
    EXPECT_EQ(config.server.header_timeout, fresh.server.header_timeout);
    EXPECT_EQ(config.server.idle_timeout, fresh.server.idle_timeout);
    EXPECT_EQ(config.server.drain_timeout, fresh.server.drain_timeout);
    EXPECT_EQ(config.server.drain_delay, fresh.server.drain_delay);
    EXPECT_EQ(config.tokens.max_lifetime, fresh.tokens.max_lifetime);
    EXPECT_EQ(config.tokens.keep_expired, fresh.tokens.keep_expired);
    EXPECT_EQ(config.tokens.max_per_user, fresh.tokens.max_per_user);
    EXPECT_EQ(config.tokens.keep_audit, fresh.tokens.keep_audit);
    EXPECT_EQ(config.passwords.cost.memory_bytes, fresh.passwords.cost.memory_bytes);
    EXPECT_EQ(config.passwords.cost.passes, fresh.passwords.cost.passes);
    EXPECT_EQ(config.passwords.workers, fresh.passwords.workers);
    EXPECT_EQ(config.passwords.queue, fresh.passwords.queue);
    EXPECT_EQ(config.sessions.idle, fresh.sessions.idle);
    EXPECT_EQ(config.sessions.absolute, fresh.sessions.absolute);
    EXPECT_EQ(config.data_dir, fresh.data_dir);
    EXPECT_EQ(config.store, fresh.store);
    EXPECT_EQ(config.cluster().max_staleness, fresh.cluster().max_staleness);
    EXPECT_EQ(config.cluster().poll, fresh.cluster().poll);
}

}  // namespace
}  // namespace warder::app
