// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command_line.hpp"
#include "crypto/key_ring.hpp"
#include "warder/error.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace warder::cli {

/// Saves a changed key ring, whose lock the caller holds. The change is written to the audit log first: if that fails,
/// the ring is not saved; if the ring can't be written, nothing is logged.
[[nodiscard]] CommandResult save_audited(CommandContext const& tools, crypto::KeyRing const& ring, std::string_view action,
                                         std::string const& key_id);

/// Like `save_audited`, combined with another change of the store, which also writes the audit event. The ring is
/// written to a draft before the commit and only renamed after it. If the process ends between the two, repeating the
/// command completes the change.
/// @param commit  makes the change in one transaction.
[[nodiscard]] CommandResult save_with(CommandContext const& tools, crypto::KeyRing const& ring, std::string const& key_id,
                                      std::function<authority::Result<void>()> const& commit);

}  // namespace warder::cli
