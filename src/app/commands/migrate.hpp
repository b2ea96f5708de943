// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command_line.hpp"

namespace warder::app {

/// Declares `warder migrate`.
void declare_migrate(cli::CommandLine const& program);

}  // namespace warder::app
