// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route_table.hpp"

#include <string_view>

namespace warder::gateway {

/// Returns the route with `strict_paths = false` that covers a path that is not canonical; null if there is none.
///
/// There is one only if the path belongs to the same route no matter how a server reads it: with `.`, `..` and empty
/// segments kept or resolved, with escapes decoded twice, once or not at all, with a backslash as a slash, and with or
/// without what follows a semicolon. So no spelling leads from one route to the paths of another, nor to those of the
/// management API, which may be served by the same listener.
/// @param path  raw, without the query.
[[nodiscard]] RouteSettings const* find_lenient_route(RouteTable const& routes, std::string_view path);

}  // namespace warder::gateway
