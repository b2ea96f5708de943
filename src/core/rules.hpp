// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

/// Rules for names, descriptions and passwords.
namespace warder::core {

inline constexpr std::size_t kMaxDescriptionCodePoints = 200;
inline constexpr std::size_t kMaxUserName = 64;
inline constexpr std::size_t kMinPassword = 8;
inline constexpr std::size_t kMaxPassword = 1024;

enum class TextError : std::uint8_t { kBlank, kTooShort, kTooLong, kControl, kNotUtf8, kLooksLikeToken };

/// Checks that a description is valid UTF-8, not blank (Unicode white space counts as blank), at most 200 code points
/// long, and free of control characters.
[[nodiscard]] std::expected<void, TextError> validate_description(std::string_view text) noexcept;

/// Checks a new password: 8 to 1024 bytes of UTF-8 that don't look like a token. Control characters are rejected
/// because Basic authentication can't carry them (RFC 7617, section 2; its UTF-8 profile excludes U+0080 to U+009F as
/// well).
[[nodiscard]] std::expected<void, TextError> validate_new_password(std::string_view text) noexcept;

/// Returns whether the text is 1 to 64 ASCII letters, digits and `._-@`, starting with a letter or digit.
[[nodiscard]] bool is_user_name(std::string_view text) noexcept;

/// Returns the name with ASCII letters in lower case, the form in which names are compared.
[[nodiscard]] std::string fold_name(std::string_view name);

/// Returns whether the text starts with `eyJ` and has three non-empty base64url parts. Such a text is never tried as a
/// password.
[[nodiscard]] bool looks_like_token(std::string_view text) noexcept;

}  // namespace warder::core
