// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What names, descriptions and passwords may be.
namespace warder::core {

inline constexpr std::size_t kMaxDescriptionCodePoints = 200;
inline constexpr std::size_t kMaxUserName = 64;
inline constexpr std::size_t kMinPassword = 8;
inline constexpr std::size_t kMaxPassword = 1024;

enum class TextError : std::uint8_t { kBlank, kTooShort, kTooLong, kControl, kNotUtf8, kLooksLikeToken };

/// Not blank (Unicode white space is blank), at most 200 code points, no control characters, valid UTF-8. @return what is wrong, if anything.
[[nodiscard]] std::optional<TextError> validate_description(std::string_view text) noexcept;

/// A password about to be set: 8 to 1024 bytes of UTF-8 without control characters, which Basic can't carry (RFC 7617 section 2; its profile for
/// UTF-8 excludes U+0080 to U+009F as well), and that don't look like a token.
[[nodiscard]] std::optional<TextError> validate_new_password(std::string_view text) noexcept;

/// 1-64 ASCII letters, digits and `._-@`, the first a letter or digit.
[[nodiscard]] bool is_user_name(std::string_view text) noexcept;

/// ASCII letters made lower-case: the form in which names are compared.
[[nodiscard]] std::string fold_name(std::string_view name);

/// Starts with `eyJ` and has three non-empty base64url parts: never tried as a password.
[[nodiscard]] bool looks_like_token(std::string_view text) noexcept;

/// Well-formed UTF-8 (RFC 3629): no surrogates, no overlong forms, nothing over U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
/// The byte at which a text stops being that, if it does.
[[nodiscard]] std::optional<std::size_t> find_not_utf8(std::string_view text) noexcept;

}  // namespace warder::core
