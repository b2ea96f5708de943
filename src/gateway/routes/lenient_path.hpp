// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route_table.hpp"

#include <string_view>

namespace warder::gateway {

/// Returns the route with `strict_paths = false` that a path takes although the rules for canonical paths reject it, or null.
///
/// There is one only if the path takes the same route however a server reads it: with `.`, `..` and empty segments as they are or resolved, with
/// escapes decoded once or twice or not at all, with a backslash as a slash, and with or without what follows a semicolon. So no spelling leads from
/// one route into the paths of another. Nor into those of the management API, which may answer on the same listener.
/// @param path  raw, without the query.
[[nodiscard]] RouteSettings const* find_lenient_route(RouteTable const& routes, std::string_view path);

}  // namespace warder::gateway
