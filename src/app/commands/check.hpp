// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "cli/command_line.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// Returns whether no server has started with these settings yet, as far as they are known.
[[nodiscard]] bool is_before_first_start(Reading const& reading);

/// Returns everything that is wrong with the configuration, the keys, the store, the routes and the data directory, one
/// sentence each. If the configuration is invalid, checks the other parts as far as their locations are known. Before the
/// first start, missing keys, store and data directory are not wrong if the server can create them. Changes nothing.
[[nodiscard]] std::vector<std::string> find_problems(Reading reading);

/// Returns what is accepted but has no effect, one sentence each: variables that Kubernetes or Docker set for a
/// service, and, if the configuration is valid, settings that others make useless.
[[nodiscard]] std::vector<std::string> find_warnings(Reading const& reading, Overrides const& overrides);

/// Declares `warder check`.
void declare_check(cli::CommandLine const& program);

}  // namespace warder::app
