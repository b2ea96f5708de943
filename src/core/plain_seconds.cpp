// SPDX-License-Identifier: MIT
#include "core/plain_seconds.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

namespace warder::core {
namespace {

constexpr double kFirstInexact = 9'007'199'254'740'992.0;  // 2^53, as for every duration

constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view without_spaces_around(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// Rejects "inf", "nan" and hexadecimal numbers, which `from_chars` may accept.
bool is_decimal(std::string_view text) noexcept {
    constexpr std::string_view kDigits = "0123456789";
    return text.find_first_not_of("0123456789.eE+-") == std::string_view::npos && text.find_first_of(kDigits) != std::string_view::npos;
}

}  // namespace

std::expected<Seconds, DurationError> read_duration_or_seconds(std::string_view text) noexcept {
    auto number = without_spaces_around(text);
    if (!is_decimal(number)) return read_duration(text);
    if (number.starts_with('+') && !number.substr(1).starts_with('-')) number.remove_prefix(1);
    double seconds = 0;
    auto const [end, error] = std::from_chars(number.data(), number.data() + number.size(), seconds);
    if (error == std::errc::invalid_argument || end != number.data() + number.size()) return read_duration(text);
    // Out of range means too large, or too close to zero.
    if (error == std::errc::result_out_of_range && number.find("e-") != std::string_view::npos) return Seconds{0};
    if (error != std::errc{} || std::abs(seconds) >= kFirstInexact)
        return std::unexpected{DurationError{.reason = DurationError::Reason::kOverflow, .offset = 0}};
    return Seconds{seconds + 0.0};  // turns -0 into 0
}

}  // namespace warder::core
