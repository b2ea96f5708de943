// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::core {

/// Encodes as base64url without padding (RFC 4648, section 5; RFC 7515, section 2).
[[nodiscard]] std::string to_base64url(std::string_view bytes);
void append_base64url(std::string& out, std::string_view bytes);

/// Returns the number of bytes that `text_length` characters decode to. Exact for every valid text.
[[nodiscard]] constexpr std::size_t base64url_decoded_length(std::size_t text_length) noexcept {
    return text_length / 4 * 3 + (text_length % 4 * 3) / 4;
}

/// Decodes strictly: no padding, no invalid character, no impossible length, and no non-zero trailing bits, so each
/// value has exactly one text.
/// @param out  at least `base64url_decoded_length(text.size())` bytes.
/// @return the part of `out` that was filled; nullopt if the text is not valid or `out` is too short.
[[nodiscard]] std::optional<std::string_view> decode_base64url(std::string_view text, std::span<char> out) noexcept;

/// Encodes with the standard alphabet and padding (RFC 4648, section 4).
[[nodiscard]] std::string to_base64(std::string_view bytes);

/// Decodes the standard alphabet with padding, equally strictly, as in `Authorization: Basic` (RFC 7617).
/// @return nullopt if the text is not valid.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace warder::core
