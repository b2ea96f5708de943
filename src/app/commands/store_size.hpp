// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/store_url.hpp"

#include <cstdint>

namespace warder::app {

/// Returns the size in bytes of the store's file and its write-ahead log; 0 for what doesn't exist or isn't a file.
[[nodiscard]] std::uint64_t store_size(store::StoreUrl const& url);

}  // namespace warder::app
