// SPDX-License-Identifier: MIT
#pragma once

#include "core/jwt/claims.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace warder::core {

inline constexpr std::int64_t kLastSecond = 253'402'300'799;  ///< 9999-12-31T23:59:59Z, the latest time allowed in a claim.

/// Reads a payload that is laid out exactly as `write_claims` does and contains no escapes, as nearly every payload is.
/// A fast path of `read_claims`, with the same result. Doesn't allocate.
/// @return nullopt for any other payload, valid or not. The texts are views of the payload.
[[nodiscard]] std::optional<Claims> read_own_claims(std::string_view payload) noexcept;

}  // namespace warder::core
