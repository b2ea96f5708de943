// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace warder::app {

/// Declares an option that accepts an empty text as its value. CLI11 alone would treat it as missing.
CLI::Option* add_text(CLI::App& command, std::string const& name, std::optional<std::string>& target, std::string const& help);

/// The options that tell a command where its configuration and store are.
struct LocationOptions {
    std::optional<std::string> config, store, data_dir, listen;
    bool is_json = false;

    void declare(CLI::App& command);
    [[nodiscard]] std::optional<std::filesystem::path> file() const;
    [[nodiscard]] Overrides overrides() const;
    /// Returns the configuration. If it is invalid, prints the reason on one line and returns nullopt.
    [[nodiscard]] std::optional<Config> read() const;
};

}  // namespace warder::app
