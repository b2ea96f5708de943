// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <string_view>

namespace warder {

/// A length of time in seconds, with fractions: "1.2 minutes" is 72 s, "1.5 s" is 1.5 s.
using Seconds = std::chrono::duration<double>;

/// Why a text is not a valid duration.
struct DurationError {
    enum class Reason {
        kUnreadable,  ///< The text matches no supported form.
        kOverflow,    ///< The text is valid, but its value can't be represented exactly (2^53 seconds or more).
    } reason;
    std::size_t offset;  ///< Byte at which the text stops matching any form; 0 for `kOverflow`.
};

/// Parses a duration as people write it: "6 minutes", "1h30m", "2 days, 4:13:02", "3 months", "P1Y2M10DT2H30M".
///
/// Every ASCII text that Python's pytimeparse 1.1 accepts has the same value here: weeks, days, hours, minutes (`m`)
/// and seconds, short or spelled out, and the clock forms `:22`, `1:24`, `4:13:02` and `5:10:11:12`. A fraction of a
/// unit above seconds is truncated to whole seconds, as in pytimeparse ("1.005 minutes" is 60 s). Also accepted: years
/// of 365 days and months of 30 days before the weeks ("1y2mo"), and ISO 8601 durations (RFC 3339, appendix A),
/// unsigned and with a fraction only in the last number. Case doesn't matter. A sign before
/// the other forms is accepted here; `validate_lifetime` rejects negative, zero, too short and too long lifetimes.
///
/// Takes time linear in the length of the text. Pure; any thread may call it.
/// @param text  any bytes; not retained.
/// @return a finite duration, or the reason and the byte offset of the error.
[[nodiscard]] std::expected<Seconds, DurationError> read_duration(std::string_view text) noexcept;

/// Why a duration is not a valid token lifetime.
enum class LifetimeError {
    kUnreadable,  ///< Not a duration, or longer than `kMaxLifetimeText` bytes.
    kTooShort,    ///< Zero, negative, or less than one second.
    kTooLong,     ///< More than the configured maximum.
};

/// Maximum length of the text of a lifetime, in bytes.
inline constexpr std::size_t kMaxLifetimeText = 128;

/// Checks that a lifetime is finite, at least one second and at most `max_lifetime`. Pure; any thread may call it.
/// @return the lifetime, or why it is not valid.
[[nodiscard]] std::expected<Seconds, LifetimeError> validate_lifetime(Seconds lifetime, Seconds max_lifetime) noexcept;

/// Parses the text of a lifetime and validates it. Pure; any thread may call it.
/// @return the lifetime, or why it is not valid.
[[nodiscard]] std::expected<Seconds, LifetimeError> validate_lifetime(std::string_view text, Seconds max_lifetime) noexcept;

}  // namespace warder
