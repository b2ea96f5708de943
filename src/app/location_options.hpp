// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "cli/command_line.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace warder::app {

/// Where settings come from besides the defaults.
struct ConfigSource {
    std::optional<std::filesystem::path> file;
    Overrides overrides;
};

/// The configuration file of the Debian package.
inline constexpr std::string_view kInstalledConfig = "/etc/warder/warder.toml";

/// Returns the file and the overrides for these options. Without `--config`, the file is `$WARDER_CONFIG` if that isn't
/// empty, else the installed one if it exists and the options don't say where the data or the store are.
[[nodiscard]] ConfigSource source_of(cli::LocationOptions const& options, std::filesystem::path const& installed = kInstalledConfig);

/// Returns the configuration, or its problems on one line.
[[nodiscard]] std::expected<Config, std::string> load_config(ConfigSource const& source);

}  // namespace warder::app
