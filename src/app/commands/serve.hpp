// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command_line.hpp"

namespace warder::app {

/// Declares `warder serve`.
void declare_serve(cli::CommandLine const& program);

}  // namespace warder::app
