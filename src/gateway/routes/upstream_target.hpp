// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"

#include <string>
#include <string_view>

namespace warder::gateway {

/// Appends the target of the request to the upstream, in origin form. If the upstream's URL has a path, it replaces the
/// prefix, joined to the rest by exactly one slash; otherwise, the client's path is used. The rest of the path and the query
/// are the client's bytes, including escapes.
///
/// | prefix | upstream     | target    | appended   |
/// |---|---|---|---|
/// | `/a`   | `http://u`   | `/a/b?q`  | `/a/b?q`   |
/// | `/a`   | `http://u/x` | `/%61/b?q` | `/x/b?q`  |
/// | `/a`   | `http://u/x` | `/a`, `/a/` | `/x`, `/x/` |
/// | `/a`   | `http://u/`  | `/a/b`, `/a` | `/b`, `/` |
/// @param target  in origin or absolute form, as the client sent it. Its path must have been accepted, and the route must
/// cover it.
void append_upstream_target(std::string& out, RouteSettings const& route, std::string_view target);

}  // namespace warder::gateway
