// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <span>

namespace warder::app {

/// Parses a command line, and throws as `CLI::App::parse` does. An option that ends with an equals sign has an empty
/// value; CLI11 alone would take the next argument as its value.
/// @param arguments  without the name of the program.
void parse_arguments(CLI::App& program, std::span<char const* const> arguments);

}  // namespace warder::app
