// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace warder::core {

/// Parses a decimal number that is the whole text.
/// @return nullopt if the text is not a number, or is out of bounds.
template <class Number>
[[nodiscard]] std::optional<Number> read_number(std::string_view text, Number low = std::numeric_limits<Number>::min(),
                                                Number high = std::numeric_limits<Number>::max()) noexcept {
    Number number{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < low || number > high) return std::nullopt;
    return number;
}

}  // namespace warder::core
