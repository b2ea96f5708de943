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

/// What depends on which kind of store it is: all of it stands here.
namespace warder::runtime {

/// @param keys  outlive the store; null where nobody asks which key signed a token.
[[nodiscard]] std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(StoreLocation const& place, store::OpenMode mode,
                                                                                            index::KeyRingHandle const* keys, log::Logger& log);

/// Whether there is a store with tokens that need keys which were there before, or may be one. A users.json that only Specter has written is none
/// yet.
[[nodiscard]] bool has_store(StoreLocation const& place);

/// Everything that is wrong with the store, a sentence each. @param mode  `kRequired` where the keys have been used with one.
[[nodiscard]] std::vector<std::string> find_store_problems(StoreLocation const& place, store::OpenMode mode = store::OpenMode::kExisting);

}  // namespace warder::runtime
