// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

namespace warder::store {

/// A SQLite database: `sqlite:PATH`.
struct SqlitePath {
    std::filesystem::path file;
};

/// Specter Desktop's file: `users-json:PATH`.
struct UsersJsonPath {
    std::filesystem::path file;
    std::filesystem::path audit;  ///< The audit log, for which Specter's file has no place.
};

/// A PostgreSQL database that several nodes may share: `postgresql://…`.
struct PostgresUrl {
    std::string url;  ///< Of libpq; it may contain a password.
};

/// Where a store is. The alternative is the kind of store; only `runtime::open_store` and its neighbors ask for it.
using StoreUrl = std::variant<SqlitePath, UsersJsonPath, PostgresUrl>;

inline constexpr std::string_view kDefaultStoreUrl = "sqlite:<data_dir>/warder.db";

/// Parses the URL of a store. `<data_dir>` in a path is replaced by the data directory.
/// @return the forms that are right, for the end of a message, if the scheme is unknown or the path is missing. It
/// contains nothing of the URL.
[[nodiscard]] std::expected<StoreUrl, std::string> parse_store_url(std::string_view url, std::filesystem::path const& data_dir);

/// Returns the file that contains the users and tokens; null if the store has none.
[[nodiscard]] std::filesystem::path const* file_of(StoreUrl const& url) noexcept;

/// Returns where the store is, for messages. Contains no secret.
[[nodiscard]] std::string describe(StoreUrl const& url);

}  // namespace warder::store
