// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"
#include "gateway/upstream/upstream_failure.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace warder::gateway {

/// What came of trying one route.
struct RouteProbe {
    RouteSettings const* route = nullptr;
    std::optional<std::string> failure;  ///< Why no connection was made, as the log of a server says it.
};

/// Tries to connect to the upstreams of all these routes at once: name, address, TLS with its verification. Sends no request. Each takes its
/// `connect_timeout` at most.
/// @return one each, in their order. @param routes  outlive them.
[[nodiscard]] std::vector<RouteProbe> probe_routes(std::span<RouteSettings const> routes);

}  // namespace warder::gateway
