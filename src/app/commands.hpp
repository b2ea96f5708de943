// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command_line.hpp"

namespace warder::app {

/// Declares all commands. Parsing sets `chosen` to the action of the command that is used.
void declare_commands(CLI::App& program, cli::Action& chosen);

}  // namespace warder::app
