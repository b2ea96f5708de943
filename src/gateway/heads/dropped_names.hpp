// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace warder::gateway {

/// Returns whether a client's header is never forwarded, because servers or applications derive the path, host, scheme,
/// client address or user from it, and only a proxy may set these (docs/reference/security.md has the list). Compares like
/// `is_same_name`. Does not allocate; most names need only one table lookup.
[[nodiscard]] bool is_dropped_name(std::string_view name) noexcept;

}  // namespace warder::gateway
