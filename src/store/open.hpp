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
};

}  // namespace warder::store
