// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/open.hpp"
#include "store/postgres/connection/connection.hpp"

#include <expected>
#include <string>

namespace warder::store::postgres {

/// Returns whether the schema has been created.
[[nodiscard]] Pg<bool> has_schema(Connection& connection);

/// Creates Warder's schema or upgrades it to the present version. Any number of nodes may do so at once: an advisory
/// lock lets one do it while the others wait.
/// @param mode  `kExisting`: nothing is created. `kRequired`: the same, and a missing schema is one that must not be
/// missing. `kReadOnly`: nothing is created or upgraded.
/// @return a sentence on failure.
[[nodiscard]] std::expected<void, std::string> prepare_schema(Connection& connection, OpenMode mode);

}  // namespace warder::store::postgres
