// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"
#include "gateway/upstream/upstream_failure.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace warder::gateway {

/// The result of trying one route.
struct RouteProbe {
    RouteSettings const* route = nullptr;
    std::optional<std::string> failure;  ///< Why no connection was made, worded as in the server's log.
};

/// Tries to connect to the upstreams of all these routes, 64 at a time: name lookup, connect, TLS with verification.
/// Sends no request. Each takes at most its `connect_timeout`.
/// @return one result per route, in order. @param routes  must outlive the results.
[[nodiscard]] std::vector<RouteProbe> probe_routes(std::span<RouteSettings const> routes);

}  // namespace warder::gateway
