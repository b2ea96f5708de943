// SPDX-License-Identifier: MIT
#pragma once

#include "warder/duration.hpp"

#include <expected>
#include <string_view>

namespace warder::core {

/// Parses a duration where all values are text, in the environment and on the command line: any text that
/// `read_duration` accepts, or a number of seconds as in a TOML file ("90", "1.5", "1e3").
/// @return a finite duration, or the reason and the byte offset of the error.
[[nodiscard]] std::expected<Seconds, DurationError> read_duration_or_seconds(std::string_view text) noexcept;

}  // namespace warder::core
