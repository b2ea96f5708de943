// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace warder::store {

class Connection;

/// What can be said of a database's file before SQLite touches it, if anything is wrong: by its name, for to open and close a file ends every lock
/// that this process has on it, those of SQLite's included.
[[nodiscard]] std::optional<std::string> judge_file(std::filesystem::path const& path);
[[nodiscard]] std::optional<std::string> judge_file(struct stat const& facts);

/// Reads every page once and says what is damaged, if anything is: pages that lead nowhere, rows that break their table's rules. It doesn't compare
/// the indices with their tables, which takes many times as long. Others may write meanwhile.
[[nodiscard]] std::optional<std::string> find_damage(Connection& connection);

/// Everything that is wrong with the store at `path`, its log beside it and its folder, a sentence each, whichever of them is met first. Changes
/// nothing that the store holds. Takes about 0.3 s for a million tokens that are in memory, else as long as the disk takes to read the file.
[[nodiscard]] std::vector<std::string> find_sqlite_faults(std::filesystem::path const& path);

}  // namespace warder::store
