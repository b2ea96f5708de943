// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"

#include <string>
#include <string_view>

namespace warder::gateway {

/// Appends what the upstream is asked for, in origin form. If the route's upstream has a path, it stands where the prefix stood, joined by exactly
/// one slash; else the path is the client's. The rest of the path, and the query, are the client's bytes, escapes included.
///
/// | prefix | upstream     | target    | asked for  |
/// |---|---|---|---|
/// | `/a`   | `http://u`   | `/a/b?q`  | `/a/b?q`   |
/// | `/a`   | `http://u/x` | `/%61/b?q` | `/x/b?q`  |
/// | `/a`   | `http://u/x` | `/a`, `/a/` | `/x`, `/x/` |
/// | `/a`   | `http://u/`  | `/a/b`, `/a` | `/b`, `/` |
/// @param target  in origin or absolute form, as the client sent it. Its path was judged, and the route's prefix fits it.
void append_upstream_target(std::string& out, RouteSettings const& route, std::string_view target);

}  // namespace warder::gateway
