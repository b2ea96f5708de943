// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/damaged_rows.hpp"
#include "store/common/open.hpp"
#include "store/sqlite/connection.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace warder::store {

/// Checks the database's file before SQLite opens it. Doesn't open the file: closing it would release all locks that
/// this process holds on it, including SQLite's.
/// @return what is wrong, or nullopt.
[[nodiscard]] std::optional<std::string> validate_file(std::filesystem::path const& path, OpenMode mode = OpenMode::kExisting);
[[nodiscard]] std::optional<std::string> validate_file(struct stat const& facts);

/// Returns whether the write-ahead log has content. SQLite deletes the log when the last connection to an empty
/// database is closed.
[[nodiscard]] bool has_log(std::filesystem::path const& path);

/// Checks that a database that must have content does have it: only a first start that was interrupted leaves one
/// without tables.
/// @return the version of its schema, or what is wrong.
[[nodiscard]] std::expected<std::int64_t, std::string> validate_content(Connection& connection, OpenMode mode);

/// Reads every page and checks its structure: invalid page references, and rows that violate their table's constraints.
/// Doesn't compare indexes with their tables, which would take many times as long. Other processes may write at the same time.
/// @return the first damage, or nullopt.
[[nodiscard]] std::optional<std::string> find_damage(Connection& connection);

/// Reads every user and token, including their grants, and returns those that can't be read. Damaged grants must never
/// count as none.
[[nodiscard]] Sqlite<DamagedRows> find_damaged_rows(Connection& connection);

/// Returns everything that is wrong with the store at `path`, its log and its directory, one sentence each. Doesn't
/// change the content. Takes about 0.3 s per million tokens if they are cached in memory, else as long as the disk
/// needs to read the file.
[[nodiscard]] std::vector<std::string> find_sqlite_problems(std::filesystem::path const& path, OpenMode mode = OpenMode::kExisting);

}  // namespace warder::store
