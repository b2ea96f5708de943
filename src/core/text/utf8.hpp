// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace warder::core {

/// Removes and returns the first code point of a non-empty text. Any thread may call it.
/// @return nullopt, leaving the text unchanged, if it doesn't start with well-formed UTF-8 (RFC 3629, section 4).
[[nodiscard]] std::optional<char32_t> take_code_point(std::string_view& text) noexcept;

/// Returns whether the text is well-formed UTF-8 (RFC 3629): no surrogates, no overlong forms, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
/// Returns the offset of the first byte that is not well-formed UTF-8, or nullopt.
[[nodiscard]] std::optional<std::size_t> find_not_utf8(std::string_view text) noexcept;

}  // namespace warder::core
