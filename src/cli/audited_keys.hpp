// SPDX-License-Identifier: MIT
#pragma once

#include "cli/commands.hpp"
#include "crypto/key_ring.hpp"
#include "warder/error.hpp"

#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace warder::cli {

/// Saves a changed ring, whose lock is held. The audit log is told before: what it can't be told is not done, nor told where the ring can't be
/// written.
/// @return why not, as a sentence.
[[nodiscard]] std::expected<void, std::string> save_audited(CommandContext const& tools, KeyTools const& keys, crypto::KeyRing const& ring,
                                                            std::string_view action, std::string const& key_id);

/// The same with another change of the store, which tells the audit log, too. It is the last step but to rename a file that is written already: a
/// process that ends between the two is repeated, and completes it.
/// @param commit  makes the change, in one transaction.
[[nodiscard]] std::expected<void, std::string> save_with(CommandContext const& tools, KeyTools const& keys, crypto::KeyRing const& ring,
                                                         std::string const& key_id, std::function<authority::Result<void>()> const& commit);

}  // namespace warder::cli
