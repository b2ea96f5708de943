// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <string>

namespace warder::core {

/// Formats as RFC 3339 in UTC: `2026-11-24T02:06:00Z`.
[[nodiscard]] std::string rfc3339(Instant instant);
/// Formats as IMF-fixdate (RFC 9110, section 5.6.7): `Tue, 24 Nov 2026 02:06:00 GMT`.
[[nodiscard]] std::string http_date(Instant instant);

}  // namespace warder::core
