// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace warder::store {

/// Why a store could not be opened: a sentence for people, with the path.
struct OpenError {
    std::string message;
};

enum class OpenMode : std::uint8_t {
    kExisting,  ///< For the command line: a missing store is an error.
    kCreate,    ///< For `serve`: a missing store is created, with mode 0600.
    kRequired,  ///< For `serve` with keys that were used with a store: a missing or empty store is an error.
};

/// The message for a store that is missing or empty although the keys have been used with one.
inline constexpr char const* kStoreIsMissing =
    "missing or empty, although the signing keys have been used with a store; mount or restore it, or run 'warder serve --new-store' to start with "
    "an "
    "empty store, without its users and tokens";

}  // namespace warder::store
