// SPDX-License-Identifier: MIT
#pragma once

#include "warder/store.hpp"

#include <expected>
#include <filesystem>
#include <memory>
#include <string>

namespace warder::log {
class Logger;
}

namespace warder::store {

/// Why a store could not be opened: a sentence for people, with the path.
struct OpenError {
    std::string message;
};

enum class OpenMode {
    kExisting,  ///< The command line's: a store that isn't there is an error.
    kCreate,    ///< `serve`: makes it, 0600.
};

/// Opens the SQLite store at `path`: checks its integrity marks, migrates an older schema, refuses a newer one, a damaged file and a file that others
/// may read. Several processes may have it open.
[[nodiscard]] std::expected<std::unique_ptr<authority::Store>, OpenError> open_sqlite(std::filesystem::path const& path, OpenMode mode,
                                                                                      log::Logger& log);

}  // namespace warder::store
