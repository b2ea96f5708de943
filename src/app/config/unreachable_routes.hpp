// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// Whether routes share the listener of the management API, as far as the settings tell.
[[nodiscard]] bool are_beside_own_calls(Reading const& reading);

/// Routes that nothing reaches, at their prefix or anywhere below it: the decision endpoint or the web UI has those paths on the listener that they
/// share. A sentence each; the server doesn't start with one.
[[nodiscard]] std::vector<std::string> find_unreachable_routes(Reading const& reading);

}  // namespace warder::app
