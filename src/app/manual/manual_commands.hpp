// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command_line.hpp"

namespace warder::app {

/// Declares `warder completion SHELL`.
void declare_completion(cli::CommandLine const& commands, CLI::App const& program);

/// Declares the hidden `warder manual PAGE`, with which the build generates the manual pages.
void declare_manual(cli::CommandLine const& commands, CLI::App const& program);

}  // namespace warder::app
