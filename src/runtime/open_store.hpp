// SPDX-License-Identifier: MIT
#pragma once

#include "index/key_ring_handle.hpp"
#include "log/log.hpp"
#include "runtime/store_location.hpp"
#include "store/common/open.hpp"
#include "warder/store.hpp"

#include <expected>
#include <memory>
#include <string>
#include <vector>

/// Opens and examines a store of any kind.
namespace warder::runtime {

/// @param keys  must outlive the store; may be null if no one asks which key signed a token.
[[nodiscard]] std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(StoreLocation const& location, store::OpenMode mode,
                                                                                            index::KeyRingHandle const* keys, log::Logger& log);

/// Returns whether there is, or may be, a store with tokens that were signed by existing keys. A users.json that only
/// Specter has written is not one yet.
[[nodiscard]] bool has_store(StoreLocation const& location);

/// Returns everything that is wrong with the store, one sentence each. @param mode  `kRequired` if the keys have been
/// used with a store.
[[nodiscard]] std::vector<std::string> find_store_problems(StoreLocation const& location, store::OpenMode mode = store::OpenMode::kExisting);

}  // namespace warder::runtime
