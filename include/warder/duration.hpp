// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <string_view>

namespace warder {

/// A span of time in seconds, fractions allowed: "1.2 minutes" is 72 s, "1.5 s" is 1.5 s.
using Seconds = std::chrono::duration<double>;

/// Why a text is no duration.
struct DurationError {
    enum class Reason {
        kUnreadable,  ///< No form fits the text.
        kOverflow,    ///< A form fits, but the value can't be held exactly (2^53 seconds and more).
    } reason;
    std::size_t offset;  ///< Byte of the text from which no form fits; 0 for an overflow.
};

/// Reads a duration as people write it: "6 minutes", "1h30m", "2 days, 4:13:02", "3 months", "P1Y2M10DT2H30M".
///
/// Every ASCII text that Python's pytimeparse 1.1 reads has the same value here: weeks, days, hours, minutes (`m`), seconds,
/// short or spelled out, and the clock forms `:22`, `1:24`, `4:13:02`, `5:10:11:12`; a fraction above seconds is cut to whole
/// seconds as it does ("1.005 minutes" is 60 s). On top: years of 365 days and months of 30 days before the weeks
/// ("1y2mo"), and ISO 8601 durations (RFC 3339, appendix A) with a fraction in the last number only and no sign. Case doesn't
/// matter. A sign is read, not judged: `validate_lifetime` refuses what is no life of a token.
///
/// Linear in the length of the text. Pure; any thread may call it.
/// @param text  any bytes; not kept.
/// @return a finite duration, else why not and at which byte.
[[nodiscard]] std::expected<Seconds, DurationError> read_duration(std::string_view text) noexcept;

/// Why a duration can't be the life of a token.
enum class LifetimeError {
    kUnreadable,  ///< It is no duration at all, or its text is longer than `kMaxLifetimeText` bytes.
    kTooShort,    ///< Zero, negative, or under one second.
    kTooLong,     ///< Over the configured maximum.
};

/// Longest text that is read as a life, in bytes.
inline constexpr std::size_t kMaxLifetimeText = 128;

/// Judges a life: finite, at least one second, at most `max_life`. Pure; any thread may call it.
[[nodiscard]] std::expected<Seconds, LifetimeError> validate_lifetime(Seconds life, Seconds max_life) noexcept;

/// Reads and judges the text of a life in one step. Pure; any thread may call it.
[[nodiscard]] std::expected<Seconds, LifetimeError> validate_lifetime(std::string_view text, Seconds max_life) noexcept;

}  // namespace warder
