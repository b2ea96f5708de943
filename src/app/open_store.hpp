// SPDX-License-Identifier: MIT
#pragma once

#include "app/config.hpp"
#include "authority/key_ring_holder.hpp"
#include "store/open.hpp"
#include "warder/store.hpp"

#include <expected>
#include <memory>

namespace warder::app {

/// The store that the configuration names.
/// @param keys  outlive the store; null where nobody asks which key signed a token.
[[nodiscard]] std::expected<std::unique_ptr<authority::Store>, store::OpenError> open_store(Config const& config, store::OpenMode mode,
                                                                                            authority::KeyRingHolder const* keys, log::Logger& log);

/// Whether there is a store with tokens that need keys which were there before. A users.json that only Specter has written is none yet.
[[nodiscard]] bool has_store(Config const& config);

}  // namespace warder::app
