// SPDX-License-Identifier: MIT
#pragma once

#include "authority/presets.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "authority/sign_in/sessions.hpp"
#include "gateway/routes/route.hpp"
#include "log/log.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/instance.hpp"
#include "server/server.hpp"
#include "store/common/store_url.hpp"
#include "warder/authority.hpp"

#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The configuration. In increasing precedence: defaults, a TOML file, the environment, the command line.
namespace warder::app {

struct Config {
    server::ServerSettings server;
    std::filesystem::path data_dir = "./warder-data";
    std::string store{store::kDefaultStoreUrl};
    bool allow_plaintext = false;
    authority::Authority::Settings tokens;
    authority::PasswordHasher::Settings passwords;
    log::Level log_level = log::Level::kInfo;
    bool log_addresses = false;
    log::Format log_format = log::Format::kLogfmt;
    bool ui_enabled = true;
    bool ui_same_origin = false;  ///< The web UI may share its origin with pages of upstreams.
    authority::Sessions::Settings sessions;
    std::vector<gateway::RouteSettings> routes;
    std::optional<std::filesystem::path> presets_dir;  ///< Empty: none. Default: see `installed_presets`.
    authority::Presets presets;                        ///< Those of the file, then those of the directory.
    std::filesystem::path encryption_key_file;
    std::optional<std::chrono::milliseconds> max_staleness;  ///< Default: that of `store::ClusterSettings`.
    std::optional<std::chrono::milliseconds> poll;           ///< The same.

    /// Returns whether the web UI and its sessions are enabled. By default they are off if routes share their listener.
    [[nodiscard]] bool has_ui() const noexcept { return ui_enabled && (ui_same_origin || server.gateway_listen || routes.empty()); }

    [[nodiscard]] store::StoreUrl store_url() const { return store::parse_store_url(store, data_dir).value(); }
    [[nodiscard]] store::ClusterSettings cluster() const {
        store::ClusterSettings settings;
        settings.max_staleness = max_staleness.value_or(settings.max_staleness);
        settings.poll = poll.value_or(settings.poll);
        return settings;
    }
    [[nodiscard]] runtime::Settings instance_settings() const {
        auto with_sessions = tokens;
        // Their uses are stored late.
        with_sessions.purges_sessions = {
            .idle = sessions.idle + std::chrono::minutes{2}, .absolute = sessions.absolute, .most = authority::SessionTable::kMaxInAll};
        return {.data_dir = data_dir,
                .store = store_url(),
                .tokens = with_sessions,
                .log_level = log_level,
                .log_format = log_format,
                .cluster = cluster(),
                .encryption_key_file = encryption_key_file};
    }
    /// Returns how passwords are hashed for this store.
    [[nodiscard]] authority::PasswordHasher::Settings hashing(authority::StoreCapabilities const& of_store) const;
    [[nodiscard]] std::filesystem::path key_file() const { return runtime::key_file(data_dir); }
};

/// The sources of settings other than the file.
struct Overrides {
    std::map<std::string, std::string> environment;  ///< All variables that start with WARDER_.
    std::map<std::string, std::string> flags;        ///< By the name of the key: "data_dir".
};

/// Everything that is wrong, one sentence each with the key, the location and the value.
using Problems = std::vector<std::string>;

/// The usable part of the configuration, and what is wrong with the rest.
struct Reading {
    Config config;
    Problems problems;
    std::set<std::string, std::less<>> unsure;  ///< Keys whose value was rejected, or may be in a file that can't be read.
};
[[nodiscard]] Reading read_settings(std::optional<std::filesystem::path> const& file, Overrides const& overrides);

/// Returns the configuration if nothing is wrong with it.
[[nodiscard]] std::expected<Config, Problems> read_config(std::optional<std::filesystem::path> const& file, Overrides const& overrides);

/// A variable that starts with WARDER_ but is neither a setting nor similar to one. It only deserves a warning.
struct IgnoredVariable {
    std::string name;
    std::string why;
    bool is_of_service;  ///< Set by Kubernetes or Docker for a service.
};
[[nodiscard]] std::vector<IgnoredVariable> ignored_variables(Overrides const& overrides);

/// Returns the variables of this process that start with WARDER_, except for the password of the first administrator.
[[nodiscard]] std::map<std::string, std::string> warder_environment();

}  // namespace warder::app
