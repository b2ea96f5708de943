// SPDX-License-Identifier: MIT
#pragma once

#include "instance/place.hpp"
#include "store/sqlite_store.hpp"
#include "warder/store.hpp"

#include <expected>
#include <memory>
#include <string>
#include <vector>

/// What depends on which kind of store it is: all of it stands here.
namespace warder::instance {

[[nodiscard]] std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(StorePlace const& place, store::OpenMode mode,
                                                                                            log::Logger& log);

/// Whether there is a store with tokens that need keys which were there before, or may be one.
[[nodiscard]] bool has_store(StorePlace const& place);

/// Everything that is wrong with the store, a sentence each.
[[nodiscard]] std::vector<std::string> find_store_faults(StorePlace const& place);

}  // namespace warder::instance
