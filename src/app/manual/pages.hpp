// SPDX-License-Identifier: MIT
#pragma once

#include "app/manual/command_tree.hpp"

#include <string>

/// The manual pages.
namespace warder::app {

/// What a page says about its age.
struct Edition {
    std::string version;
    std::string date;  ///< 2026-11-29
};

/// Returns warder(1): all commands and options, exit codes, environment and files.
[[nodiscard]] std::string program_page(CommandDescription const& program, Edition const& edition);

/// Returns warder.toml(5): all settings.
[[nodiscard]] std::string settings_page(Edition const& edition);

}  // namespace warder::app
