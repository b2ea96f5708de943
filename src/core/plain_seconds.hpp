// SPDX-License-Identifier: MIT
#pragma once

#include "warder/duration.hpp"

#include <expected>
#include <string_view>

namespace warder::core {

/// Reads a duration where there are only texts, in the environment and on the command line: what `read_duration` reads, or a number of seconds as a
/// TOML file may have it ("90", "1.5", "1e3").
/// @return a finite duration, else why not and at which byte.
[[nodiscard]] std::expected<Seconds, DurationError> read_duration_or_seconds(std::string_view text) noexcept;

}  // namespace warder::core
