// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/sqlite_store.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>

namespace warder::store {

/// How much a store holds.
struct Contents {
    std::int64_t users = 0;
    std::int64_t tokens = 0;
};

/// Writes what the store at `from` holds at one moment, nothing deleted before among it, into a new file at `to`: 0600, durable, and read once to see
/// that it is sound. Others may go on reading and writing meanwhile, and an older schema stays as it is. What fails leaves no file at `to`. Blocks.
[[nodiscard]] std::expected<Contents, OpenError> copy_sqlite(std::filesystem::path const& from, std::filesystem::path const& to);

}  // namespace warder::store
