// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace warder::store {

/// Why a store could not be opened: a sentence for people, with the path.
struct OpenError {
    std::string message;
    bool is_away = false;  ///< The database can't be reached now; another attempt may succeed.
};

enum class OpenMode : std::uint8_t {
    kExisting,  ///< For the command line: a missing store is an error.
    kCreate,    ///< For `serve`: a missing store is created, with mode 0600.
    kReadOnly,  ///< For `migrate`: like `kExisting`, but nothing is written, not even an upgrade of the schema, and all writes fail.
    kRequired,  ///< For `serve` with keys that were used with a store: a missing or empty store is an error.
};

/// The message for a store that is missing or empty although the keys have been used with one.
inline constexpr char const* kStoreIsMissing =
    "missing or empty, although the signing keys have been used with a store; mount or restore it, or run 'warder serve --new-store' to start with "
    "an "
    "empty store, without its users and tokens";

/// The message for a store that must not be upgraded because it is opened with `kReadOnly`.
inline constexpr char const* kIsOfAnotherVersion =
    "its schema is that of an earlier version of Warder; any other command of this version upgrades it, such as 'warder user list'";

}  // namespace warder::store
