// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>

namespace warder::app {

/// The action that the command line selected, to be run after parsing. Returns the exit code.
using Action = std::function<int()>;

/// Declares all commands. Parsing sets `chosen` to the action of the command that is used.
void declare_commands(CLI::App& program, Action& chosen);

}  // namespace warder::app
