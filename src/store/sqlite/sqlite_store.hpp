// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/open.hpp"
#include "warder/store.hpp"

#include <expected>
#include <filesystem>
#include <memory>

namespace warder::log {
class Logger;
}

namespace warder::store {

[[nodiscard]] authority::StoreCapabilities sqlite_capabilities() noexcept;

/// Opens the SQLite store at `path`. Upgrades an older schema; rejects a newer one, a file that SQLite can't read, the
/// database of another program, and a file that others can read or write. Several processes may have it open. With
/// `OpenMode::kReadOnly`, an older schema is rejected too, and the database keeps every byte and its write-ahead log.
[[nodiscard]] std::expected<std::unique_ptr<authority::Store>, OpenError> open_sqlite(std::filesystem::path const& path, OpenMode mode,
                                                                                      log::Logger& log);

}  // namespace warder::store
