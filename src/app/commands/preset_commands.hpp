// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command_line.hpp"

namespace warder::app {

void declare_preset_commands(cli::CommandLine const& program);

}  // namespace warder::app
