// SPDX-License-Identifier: MIT
#pragma once

#include "core/claims.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace warder::core {

inline constexpr std::int64_t kLastSecond = 253'402'300'799;  ///< 9999-12-31T23:59:59Z: no claim has a later time.

/// Reads a payload that is laid out exactly as `write_claims` does it, and has no escapes: nearly every one is. What it reads `read_claims` would
/// read the same, only slower.
/// @return nullopt for any other payload, good or bad. The texts are views of the payload. Doesn't allocate.
[[nodiscard]] std::optional<Claims> read_own_claims(std::string_view payload) noexcept;

}  // namespace warder::core
