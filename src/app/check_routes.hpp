// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// What is wrong with the gateway's routes beyond their settings, a sentence each: credential files and certificates as they are now, and routes that
/// no request reaches because an own call is there. The server starts all the same: files may come later. Changes nothing.
[[nodiscard]] std::vector<std::string> find_route_problems(Reading const& reading);

/// What came of trying the upstreams of all routes, a sentence each.
struct TriedRoutes {
    std::vector<std::string> working;
    std::vector<std::string> faults;
};

/// Connects to the upstream of every route as a request would, with TLS and its verification, and sends nothing. A route whose settings are invalid
/// is left out: it is a complaint already.
[[nodiscard]] TriedRoutes try_routes(std::vector<gateway::RouteSettings> const& routes);

}  // namespace warder::app
