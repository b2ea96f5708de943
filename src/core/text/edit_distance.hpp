// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace warder::core {

/// Returns the number of letters to substitute, insert, delete or swap with their neighbor (optimal string alignment
/// distance). Of long texts only the beginnings are compared; each further letter counts as one difference.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace warder::core
