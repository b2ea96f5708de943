// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/connection.hpp"

#include <cstdint>
#include <expected>
#include <string>

namespace warder::store {

/// Returns the message for a database that SQLite could not read.
std::string message(SqliteError const& error);

inline constexpr std::int64_t kNoSchema = 0;

/// Reads the application id and the schema version of the database.
/// @return the version, `kNoSchema` for an empty file, or a sentence if it is not a Warder store, is newer than this
/// program, or is damaged.
std::expected<std::int64_t, std::string> read_schema_version(Connection& connection);

/// Returns whether this is the version that this program writes.
[[nodiscard]] bool is_present_version(std::int64_t version) noexcept;

/// Upgrades the database to the current schema, step by step, in one transaction.
/// @return a sentence if it is not a Warder store, is newer than this program, or is damaged.
std::expected<void, std::string> migrate(Connection& connection);

}  // namespace warder::store
