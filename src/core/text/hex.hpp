// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

/// Hexadecimal digits.
namespace warder::core {

inline constexpr std::string_view kLowerHex = "0123456789abcdef";
inline constexpr std::string_view kUpperHex = "0123456789ABCDEF";

/// Returns the value of a digit in either case; nullopt for any other character.
[[nodiscard]] constexpr std::optional<unsigned> hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

}  // namespace warder::core
