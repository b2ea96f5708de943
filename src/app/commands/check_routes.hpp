// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <string>
#include <vector>

namespace warder::app {

/// Returns what is wrong with the gateway's routes beyond their settings, one sentence each: the current credential
/// files and certificates, and routes that no request reaches because the management API has the path. The server
/// starts nevertheless, since the files may be created later. Changes nothing.
[[nodiscard]] std::vector<std::string> find_route_problems(Reading const& reading);

/// The results of connecting to the upstreams of all routes, one sentence each.
struct ProbedRoutes {
    std::vector<std::string> working;
    std::vector<std::string> problems;
};

/// Connects to the upstream of every route as a request would, including TLS and its verification, but sends nothing.
/// Skips routes with an invalid prefix or upstream, which were reported already.
[[nodiscard]] ProbedRoutes probe_routes(std::vector<gateway::RouteSettings> const& routes);

}  // namespace warder::app
