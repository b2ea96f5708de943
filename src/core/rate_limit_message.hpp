// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace warder::core {

/// Returns a sentence for people that says what would be right.
/// @param quoted  the text, safe to show, with quotes around it.
[[nodiscard]] std::string invalid_rate_limit(std::string_view quoted);

}  // namespace warder::core
