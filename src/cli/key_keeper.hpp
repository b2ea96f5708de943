// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command_line.hpp"
#include "crypto/key_ring.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace warder::cli {

/// Changes the signing keys where they are: in the key file, or in a store that several nodes share. Each change is
/// written to the audit log.
class KeyKeeper {
  public:
    virtual ~KeyKeeper() = default;

    [[nodiscard]] virtual std::expected<crypto::KeyRing, CommandError> load() const = 0;
    /// Adds a new key.
    /// @return its id.
    virtual std::expected<std::string, CommandError> rotate() = 0;
    /// Removes a key that no active token needs.
    /// @param revokes_tokens  first revoke the tokens that it signed.
    /// @return how many active tokens it had signed that are revoked now.
    virtual std::expected<std::int64_t, CommandError> retire(std::string const& id, bool revokes_tokens) = 0;
};

/// Returns the keeper of the context's keys, which must outlive it.
[[nodiscard]] std::unique_ptr<KeyKeeper> keeper_of(CommandContext const& tools);

}  // namespace warder::cli
