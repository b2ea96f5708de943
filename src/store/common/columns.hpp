// SPDX-License-Identifier: MIT
#pragma once

#include "core/token_policy.hpp"
#include "warder/token.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

/// How the SQL stores keep values in columns.
namespace warder::store {

[[nodiscard]] inline std::int64_t seconds_of(Instant instant) noexcept { return instant.time_since_epoch().count(); }
[[nodiscard]] inline Instant instant_of(std::int64_t seconds) noexcept { return Instant{std::chrono::seconds{seconds}}; }
[[nodiscard]] inline std::int64_t number_of(UserId id) noexcept { return static_cast<std::int64_t>(id); }

/// The last sign-in of a user is set at most once in this time, so that sign-ins of a user change the row rarely.
inline constexpr std::chrono::seconds kSignInPrecision{60};

/// Text, or NULL.
using OptionalText = std::optional<std::string>;

/// Return NULL for grants or a policy without limits.
[[nodiscard]] inline OptionalText text_of(Grants const& grants) {
    return grants == nullptr ? std::nullopt : OptionalText{core::write_grants(*grants)};
}
[[nodiscard]] inline OptionalText text_of(TokenPolicy const& policy) {
    return policy == TokenPolicy{} ? std::nullopt : OptionalText{core::write_policy(policy)};
}

}  // namespace warder::store
