// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>

namespace warder::app {

/// What the command line asked for: run it once the line was read. The exit code is its answer.
using Action = std::function<int()>;

/// Declares every command; the one that stands on the line sets `chosen`.
void declare_commands(CLI::App& program, Action& chosen);

}  // namespace warder::app
