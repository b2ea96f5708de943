// SPDX-License-Identifier: MIT
#pragma once

#include "authority/password_hasher.hpp"
#include "authority/sessions.hpp"
#include "gateway/route.hpp"
#include "http/server.hpp"
#include "instance/instance.hpp"
#include "instance/place.hpp"
#include "log/log.hpp"
#include "warder/authority.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The configuration: defaults, then a TOML file, then the environment, then the command line.
namespace warder::app {

struct Config {
    http::ServerSettings server;
    std::filesystem::path data_dir = "./warder-data";
    std::string store{instance::kDefaultStore};
    bool allow_plaintext = false;
    authority::Authority::Settings tokens;
    authority::PasswordHasher::Settings passwords;
    log::Level log_level = log::Level::kInfo;
    log::Format log_format = log::Format::kLogfmt;
    bool ui_enabled = true;
    bool ui_same_origin = false;  ///< The web UI may share its origin with pages of upstreams.
    authority::Sessions::Settings sessions;
    std::vector<gateway::RouteSettings> routes;

    /// Whether there is the web UI with its sessions: not beside routes on the same listener, unless that is wanted.
    [[nodiscard]] bool has_ui() const noexcept { return ui_enabled && (ui_same_origin || server.gateway_listen || routes.empty()); }

    [[nodiscard]] instance::StorePlace store_place() const { return instance::read_store_url(store, data_dir).value(); }
    [[nodiscard]] instance::Settings instance_settings() const {
        return {.data_dir = data_dir, .store = store_place(), .tokens = tokens, .log_level = log_level, .log_format = log_format};
    }
    /// How passwords are hashed for that store.
    [[nodiscard]] authority::PasswordHasher::Settings hashing() const;
    [[nodiscard]] std::filesystem::path key_file() const { return instance::key_file(data_dir); }
};

/// Where settings come from besides the file.
struct Overrides {
    std::map<std::string, std::string> environment;  ///< All variables that start with WARDER_.
    std::map<std::string, std::string> flags;        ///< By the key's name: "data_dir".
};

/// Everything that is wrong, each a sentence that names the key, the place and the value.
using Complaints = std::vector<std::string>;

/// As much of the configuration as can be used, and what is wrong with the rest.
struct Reading {
    Config config;
    Complaints complaints;
    std::set<std::string, std::less<>> unsure;  ///< Keys whose value was refused, or may stand in a file that can't be read.
};
[[nodiscard]] Reading read_settings(std::optional<std::filesystem::path> const& file, Overrides const& overrides);

/// The configuration if nothing at all is wrong with it.
[[nodiscard]] std::expected<Config, Complaints> read_config(std::optional<std::filesystem::path> const& file, Overrides const& overrides);

/// A variable that starts with WARDER_ and is neither a setting nor looks like a misspelt one: worth a warning, no more.
struct IgnoredVariable {
    std::string name;
    std::string_view why;
    bool is_of_service;  ///< Set by Kubernetes or Docker.
};
[[nodiscard]] std::vector<IgnoredVariable> ignored_variables(Overrides const& overrides);

/// The variables of this process that start with WARDER_, without the password of the first administrator.
[[nodiscard]] std::map<std::string, std::string> warder_environment();

}  // namespace warder::app
