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

/// What can be said of a database's file before SQLite touches it, if anything is wrong: by its name, for to open and close a file ends every lock
/// that this process has on it, those of SQLite's included.
[[nodiscard]] std::optional<std::string> validate_file(std::filesystem::path const& path, OpenMode mode = OpenMode::kExisting);
[[nodiscard]] std::optional<std::string> validate_file(struct stat const& facts);

/// Whether there is anything in the database's log, which SQLite removes when the last connection to an empty database is closed.
[[nodiscard]] bool has_log(std::filesystem::path const& path);

/// What is wrong with a database that must have content, if it has none: only a first start that was cut short leaves one without tables.
/// @return the version of its schema.
[[nodiscard]] std::expected<std::int64_t, std::string> validate_content(Connection& connection, OpenMode mode);

/// Reads every page once and says what is damaged, if anything is: pages that lead nowhere, rows that break their table's rules. It doesn't compare
/// the indices with their tables, which takes many times as long. Others may write meanwhile.
[[nodiscard]] std::optional<std::string> find_damage(Connection& connection);

/// Reads every user and token, and tells which of them can't be read: their limits among them, which must never pass for none.
[[nodiscard]] Sqlite<DamagedRows> find_damaged_rows(Connection& connection);

/// Everything that is wrong with the store at `path`, its log beside it and its folder, a sentence each, whichever of them is met first. Changes
/// nothing that the store holds. Takes about 0.3 s for a million tokens that are in memory, else as long as the disk takes to read the file.
[[nodiscard]] std::vector<std::string> find_sqlite_problems(std::filesystem::path const& path, OpenMode mode = OpenMode::kExisting);

}  // namespace warder::store
