// SPDX-License-Identifier: MIT
#pragma once

#include "cli/commands.hpp"
#include "crypto/key_ring.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace warder::cli {

/// Saves a changed ring, whose lock is held. The audit log is told before: what it can't be told is not done.
/// @return why not, as a sentence.
[[nodiscard]] std::expected<void, std::string> save_audited(Tools const& tools, KeyTools const& keys, crypto::KeyRing const& ring,
                                                            std::string_view action, std::string const& key_id);

}  // namespace warder::cli
