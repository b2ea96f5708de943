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
    kExisting,  ///< The command line's: a store that isn't there is an error.
    kCreate,    ///< `serve`: makes it, 0600.
    kRequired,  ///< `serve` with keys that have been used with a store: one that isn't there, or is empty, is an error.
};

/// What is wrong with a store that is not there, or empty, though the keys have been used with one.
inline constexpr char const* kStoreIsMissing =
    "it is missing or empty, but the signing keys have been used with a store: mount or restore it; to start with an empty one, without any of its "
    "users and tokens, run 'warder serve --new-store'";

}  // namespace warder::store
