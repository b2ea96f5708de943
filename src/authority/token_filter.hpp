// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <optional>

namespace warder::authority {

/// Selects tokens of a list. If it has a condition, only live tokens are selected, and all of its conditions hold for them.
struct TokenFilter {
    std::optional<Seconds> expires_within;  ///< The token ends within this time.
    std::optional<Seconds> unused_for;      ///< The token was neither minted nor used within this time.

    [[nodiscard]] bool is_empty() const noexcept { return !expires_within && !unused_for; }
    /// @param token  with its uses, or else it counts as never used.
    [[nodiscard]] bool accepts(TokenRecord const& token, Instant now) const noexcept;
};

}  // namespace warder::authority
