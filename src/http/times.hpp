// SPDX-License-Identifier: MIT
#pragma once

#include "warder/ports.hpp"
#include "warder/token.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace warder::http {

/// How long until then; zero once it has passed.
[[nodiscard]] inline std::chrono::microseconds remaining_life(Instant ends_at, Clock const& clock) noexcept {
    auto const left = std::chrono::floor<std::chrono::microseconds>(ends_at - clock.now());
    return std::max(left, std::chrono::microseconds::zero());
}

/// RFC 3339 in UTC: `2026-11-24T02:06:00Z`.
[[nodiscard]] std::string rfc3339(Instant instant);
/// IMF-fixdate (RFC 9110 §5.6.7): `Tue, 24 Nov 2026 02:06:00 GMT`.
[[nodiscard]] std::string http_date(Instant instant);

}  // namespace warder::http
