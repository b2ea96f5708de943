// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// Returns whether routes share the listener of the management API, as far as the settings are known.
[[nodiscard]] bool share_listener_with_api(Reading const& reading);

/// Returns a sentence for each route that no request can reach, at its prefix or below, because the decision endpoint
/// or the web UI has these paths on the listener that they share. The server doesn't start with such a route.
[[nodiscard]] std::vector<std::string> find_unreachable_routes(Reading const& reading);

}  // namespace warder::app
