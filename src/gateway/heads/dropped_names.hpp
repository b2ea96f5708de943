// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace warder::gateway {

/// Whether a header of a client's request never reaches an upstream, because servers or applications take the path, the host, the scheme, the
/// client's address or the user from it, and only a proxy may say these (docs/security.md has the list). Compares as `is_same_name` does. Doesn't
/// allocate; most names are done with after one look into a table.
[[nodiscard]] bool is_dropped_name(std::string_view name) noexcept;

}  // namespace warder::gateway
