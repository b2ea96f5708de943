// SPDX-License-Identifier: MIT
#pragma once

#include "warder/duration.hpp"

#include <string>

namespace warder::core {

/// Returns a duration in the largest unit that divides it: "1 year" (365 days), "30 days", "90 minutes", "1.5 seconds".
[[nodiscard]] std::string duration_text(Seconds duration);

}  // namespace warder::core
