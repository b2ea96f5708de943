// SPDX-License-Identifier: MIT
#pragma once

#include "app/manual/command_tree.hpp"

#include <string>

/// Scripts that complete the command line in shells, generated from the declared commands.
namespace warder::app {

[[nodiscard]] std::string bash_completion(CommandDescription const& program);
[[nodiscard]] std::string zsh_completion(CommandDescription const& program);
[[nodiscard]] std::string fish_completion(CommandDescription const& program);

}  // namespace warder::app
