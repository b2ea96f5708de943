// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// The files that a data directory and a store's URL refer to.
namespace warder::runtime {

inline constexpr std::string_view kDefaultStore = "sqlite:<data_dir>/warder.db";

[[nodiscard]] inline std::filesystem::path key_file(std::filesystem::path const& data_dir) { return data_dir / "keys.json"; }

[[nodiscard]] inline std::filesystem::path audit_file(std::filesystem::path const& data_dir) { return data_dir / "audit.log"; }

/// What is known about the clock; see `PurgeJob`.
[[nodiscard]] inline std::filesystem::path clock_file(std::filesystem::path const& data_dir) { return data_dir / "clock.json"; }

enum class StoreKind : std::uint8_t { kSqlite, kUsersJson };

struct StoreLocation {
    StoreKind kind = StoreKind::kSqlite;
    std::filesystem::path file;
    std::filesystem::path audit_file{};  ///< For a kind of store that has no place for the audit log.
};

/// Parses "sqlite:PATH" or "users-json:PATH". `<data_dir>` in the path is replaced by the data directory. Returns
/// nullopt for any other URL.
[[nodiscard]] inline std::optional<StoreLocation> read_store_url(std::string_view url, std::filesystem::path const& data_dir) {
    constexpr std::string_view kPlaceholder = "<data_dir>";
    auto const colon = url.find(':');
    auto const scheme = url.substr(0, colon);
    if (colon == std::string_view::npos || colon + 1 == url.size() || (scheme != "sqlite" && scheme != "users-json")) return std::nullopt;
    std::string path{url.substr(colon + 1)};
    if (auto const at = path.find(kPlaceholder); at != std::string::npos) path.replace(at, kPlaceholder.size(), data_dir.string());
    return StoreLocation{.kind = scheme == "sqlite" ? StoreKind::kSqlite : StoreKind::kUsersJson, .file = path, .audit_file = audit_file(data_dir)};
}

}  // namespace warder::runtime
