// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace warder::store {

/// Returns whether a number that was read from a file is a time as Warder writes it: whole seconds since 1970, up to
/// the end of the year 9999.
[[nodiscard]] constexpr bool is_stored_time(std::int64_t seconds) noexcept { return seconds >= 0 && seconds <= 253'402'300'799; }

}  // namespace warder::store
