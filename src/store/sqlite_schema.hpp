// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite_connection.hpp"

#include <string>

namespace warder::store {

/// Brings the database to the present schema, one numbered step after the other, in one transaction.
/// @return a sentence when it is no Warder store, is newer than this program, or is damaged.
std::expected<void, std::string> migrate(Connection& connection);

}  // namespace warder::store
