// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"
#include "warder/network.hpp"
#include "warder/rate_limit.hpp"

#include <optional>

namespace warder {

/// Everything that limits a token beyond its expiry, except the ceiling of its user. A default-constructed policy limits
/// nothing.
struct TokenPolicy {
    Grants endpoints{};                     ///< The token's own grants; null: none, so only its user's ceiling limits it.
    Networks allowed_from{};                ///< Where clients may use the token from; null: anywhere.
    std::optional<RateLimit> rate_limit{};  ///< How many requests may be made with the token, on each node.
    bool is_enabled = true;                 ///< False: the token is paused, and not accepted.

    /// Returns whether clients with this address may use the token.
    [[nodiscard]] bool accepts_from(IpAddress const& client) const noexcept { return allowed_from == nullptr || allowed_from->contains(client); }

    /// Returns whether anything but the grants limits the use of the token while it is enabled. Otherwise, nothing else is
    /// checked.
    [[nodiscard]] bool restricts_use() const noexcept { return !(*this == TokenPolicy{.endpoints = endpoints, .is_enabled = is_enabled}); }

    /// Returns whether both policies set the same limits. Lists are compared by their content. A new limit must be compared, or
    /// nothing checks it.
    friend bool operator==(TokenPolicy const& a, TokenPolicy const& b) noexcept {
        return is_same(a.endpoints, b.endpoints) && is_same(a.allowed_from, b.allowed_from) && a.rate_limit == b.rate_limit &&
               a.is_enabled == b.is_enabled;
    }
};

/// The limits to change; those without a value stay as they are.
struct PolicyEdit {
    std::optional<Grants> endpoints{};                     ///< Null removes the token's grants.
    std::optional<Networks> allowed_from{};                ///< Null removes the limit.
    std::optional<std::optional<RateLimit>> rate_limit{};  ///< An empty one removes the limit.
    std::optional<bool> is_enabled{};

    [[nodiscard]] bool is_empty() const noexcept { return !endpoints && !allowed_from && !rate_limit && !is_enabled; }
    /// Returns the policy with these changes.
    [[nodiscard]] TokenPolicy applied_to(TokenPolicy policy) const {
        if (endpoints) policy.endpoints = *endpoints;
        if (allowed_from) policy.allowed_from = *allowed_from;
        if (rate_limit) policy.rate_limit = *rate_limit;
        if (is_enabled) policy.is_enabled = *is_enabled;
        return policy;
    }
};

}  // namespace warder
