// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command_line.hpp"

#include <functional>

namespace warder::app {

/// Reads the configuration, opens the store, runs the command, and notifies a running server if something changed. See
/// `cli::RunOnStore`.
cli::CommandResult run_on_store(cli::StoreOptions const& options, cli::Effect effect,
                                std::function<cli::CommandResult(cli::CommandContext const&)> const& command);

}  // namespace warder::app
