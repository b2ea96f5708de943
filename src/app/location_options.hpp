// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "cli/command_line.hpp"

#include <filesystem>
#include <optional>

namespace warder::app {

/// Where settings come from besides the defaults.
struct ConfigSource {
    std::optional<std::filesystem::path> file;
    Overrides overrides;
};

[[nodiscard]] ConfigSource source_of(cli::LocationOptions const& options);

/// Returns the configuration. If it is invalid, prints the reason on one line and returns nullopt.
[[nodiscard]] std::optional<Config> read_or_print_error(ConfigSource const& source);

}  // namespace warder::app
