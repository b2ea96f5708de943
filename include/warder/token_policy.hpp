// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <optional>

namespace warder {

/// Everything that limits a token beyond its expiry, except the ceiling of its user. A default-constructed policy limits
/// nothing.
struct TokenPolicy {
    Grants endpoints{};      ///< The token's own grants; null: none, so only its user's ceiling limits it.
    bool is_enabled = true;  ///< False: the token is paused, and not accepted.

    /// Returns whether both policies set the same limits. Lists of grants are compared by their content.
    friend bool operator==(TokenPolicy const& a, TokenPolicy const& b) noexcept {
        return is_same(a.endpoints, b.endpoints) && a.is_enabled == b.is_enabled;
    }
};

/// The limits to change; those without a value stay as they are.
struct PolicyEdit {
    std::optional<Grants> endpoints{};  ///< Null removes the token's grants.
    std::optional<bool> is_enabled{};

    [[nodiscard]] bool is_empty() const noexcept { return !endpoints && !is_enabled; }
    /// Returns the policy with these changes.
    [[nodiscard]] TokenPolicy applied_to(TokenPolicy policy) const {
        if (endpoints) policy.endpoints = *endpoints;
        if (is_enabled) policy.is_enabled = *is_enabled;
        return policy;
    }
};

}  // namespace warder
