// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <span>

namespace warder::app {

/// Parses a command line, and throws as `CLI::App::parse` does. An option that ends with an equals sign has an empty
/// value; CLI11 alone would take the next argument as its value.
/// @param arguments  without the name of the program.
void parse_arguments(CLI::App& program, std::span<char const* const> arguments);

/// Returns whether the command that was parsed prints its errors as JSON, because it got `--json`.
[[nodiscard]] bool wants_json(CLI::App const& program);
/// Returns the same for arguments that can't be parsed.
[[nodiscard]] bool wants_json(std::span<char const* const> arguments);

}  // namespace warder::app
