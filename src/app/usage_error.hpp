// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <span>
#include <string>

namespace warder::app {

/// Returns one line that says why a command line was rejected: the first unknown command, option or argument and what
/// was probably meant, else what the parser reports. Never contains an argument where a secret may have been typed.
/// @param arguments  without the name of the program.
[[nodiscard]] std::string explain_usage_error(CLI::App const& program, std::span<char const* const> arguments, CLI::Error const& error);

}  // namespace warder::app
