// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "cli/command_line.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// Returns everything that is wrong with the configuration, the keys, the store, the routes and the data directory, one
/// sentence each. If the configuration is invalid, checks the other parts as far as their locations are known. Changes
/// nothing.
[[nodiscard]] std::vector<std::string> find_problems(Reading reading);

/// Returns what is accepted but has no effect, one sentence each: variables that Kubernetes or Docker set for a
/// service, and, if the configuration is valid, settings that others make useless.
[[nodiscard]] std::vector<std::string> find_warnings(Reading const& reading, Overrides const& overrides);

/// Declares `warder check`.
void declare_check(cli::CommandLine const& program);

}  // namespace warder::app
