// SPDX-License-Identifier: MIT
#pragma once

#include "warder/ports.hpp"
#include "warder/token.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace warder::http {

/// Seconds until then, with microseconds; 0 once it has passed.
[[nodiscard]] inline double remaining_life(Instant ends_at, Clock const& clock) noexcept {
    auto const left = std::chrono::floor<std::chrono::microseconds>(ends_at - clock.now());
    return static_cast<double>(std::max<std::int64_t>(left.count(), 0)) / 1e6;
}

/// RFC 3339 in UTC: `2026-11-24T02:06:00Z`.
[[nodiscard]] std::string rfc3339(Instant instant);
/// IMF-fixdate (RFC 9110 §5.6.7): `Tue, 24 Nov 2026 02:06:00 GMT`.
[[nodiscard]] std::string http_date(Instant instant);

}  // namespace warder::http
