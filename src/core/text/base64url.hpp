// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::core {

/// base64url without padding (RFC 4648 §5, RFC 7515 §2).
[[nodiscard]] std::string to_base64url(std::string_view bytes);
void append_base64url(std::string& out, std::string_view bytes);

/// Bytes that `text_length` characters decode to; exact for a text that decodes at all.
[[nodiscard]] constexpr std::size_t base64url_decoded_length(std::size_t text_length) noexcept {
    return text_length / 4 * 3 + (text_length % 4 * 3) / 4;
}

/// Decodes strictly: no padding, no foreign character, no impossible length, no non-zero tail bits, so each value has one text.
/// @param out  at least `base64url_decoded_length(text.size())` bytes. @return the part of `out` that was filled.
[[nodiscard]] std::optional<std::string_view> decode_base64url(std::string_view text, std::span<char> out) noexcept;

/// The standard alphabet with padding (RFC 4648 §4).
[[nodiscard]] std::string to_base64(std::string_view bytes);

/// The standard alphabet with padding, as strictly: what `Authorization: Basic` carries (RFC 7617).
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace warder::core
