// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <string>

namespace warder::cli {

/// As the API writes times: `2026-11-24T02:06:00Z`.
[[nodiscard]] std::string time_text(Instant instant);

}  // namespace warder::cli
