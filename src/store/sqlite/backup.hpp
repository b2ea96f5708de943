// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/sqlite_store.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>

namespace warder::store {

/// How much a store contains.
struct Contents {
    std::int64_t users = 0;
    std::int64_t tokens = 0;
};

/// Copies one snapshot of the store at `from`, without deleted content, into a new file at `to`: mode 0600, durable,
/// and checked for damage. Other processes may read and write the store at the same time. An older schema is not upgraded.
/// Leaves no file at `to` if it fails. Blocks.
[[nodiscard]] std::expected<Contents, OpenError> copy_sqlite(std::filesystem::path const& from, std::filesystem::path const& to);

}  // namespace warder::store
