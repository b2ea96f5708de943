// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/connection.hpp"

#include <cstdint>
#include <expected>
#include <string>

namespace warder::store {

/// What is said of a database that SQLite could not read.
std::string message(SqliteError const& error);

inline constexpr std::int64_t kNoSchema = 0;

/// @return the version of the database's schema, `kNoSchema` for a file with nothing in it, or a sentence when it is no Warder store, is newer than
/// this program, or is damaged.
std::expected<std::int64_t, std::string> judge_marks(Connection& connection);

/// Whether it is the version that this program writes.
[[nodiscard]] bool is_present_version(std::int64_t version) noexcept;

/// Brings the database to the present schema, one numbered step after the other, in one transaction.
/// @return a sentence when it is no Warder store, is newer than this program, or is damaged.
std::expected<void, std::string> migrate(Connection& connection);

}  // namespace warder::store
