// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"
#include "warder/token.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// Numbers, durations and dates as people say them.
namespace warder::cli {

/// Returns "1 token" or "3 tokens".
[[nodiscard]] std::string counted(std::int64_t count, std::string_view noun);

/// Returns a duration rounded to one unit, or to two if there are fewer than 5 of the first: "3 days", "1 day, 9 hours".
/// A duration under a second is "1 second".
[[nodiscard]] std::string in_words(std::chrono::microseconds duration);

/// Returns "3 days ago", or "just now" for less than a minute.
[[nodiscard]] std::string ago(Instant then, Instant now);

/// Returns the date and the time in UTC: "2026-12-02 14:35 UTC".
[[nodiscard]] std::string date_and_time(Instant instant);
/// Returns the date in UTC: "2026-12-02".
[[nodiscard]] std::string date(Instant instant);

/// Returns the first grant and how many others there are: "GET /a, and 2 more".
[[nodiscard]] std::string summary(GrantList const& grants);

}  // namespace warder::cli
