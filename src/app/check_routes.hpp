// SPDX-License-Identifier: MIT
#pragma once

#include "app/config.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// What is wrong with the gateway's routes beyond their settings, a sentence each: credential files and certificates as they are now, and routes that
/// no request reaches because an own call is there. The server starts all the same: files may come later. Changes nothing.
[[nodiscard]] std::vector<std::string> find_route_faults(Reading const& reading);

}  // namespace warder::app
