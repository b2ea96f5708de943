// SPDX-License-Identifier: MIT
#include "core/rules.hpp"

#include "core/text/ascii.hpp"
#include "core/text/utf8.hpp"

#include <algorithm>

namespace warder::core {
namespace {

constexpr bool is_base64url(char c) noexcept { return is_alphanumeric(c) || c == '-' || c == '_'; }

/// Returns whether the character is Unicode White_Space, or one of U+001C to U+001F, which Python's `str.strip` also
/// removes.
constexpr bool is_white_space(char32_t c) noexcept {
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

constexpr bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

}  // namespace

std::expected<void, TextError> validate_description(std::string_view text) noexcept {
    std::size_t count = 0;
    bool is_blank = true;
    bool has_control = false;
    while (!text.empty()) {
        auto const point = take_code_point(text);
        if (!point) return std::unexpected{TextError::kNotUtf8};
        ++count;
        is_blank = is_blank && is_white_space(*point);
        has_control = has_control || is_control(*point);
    }
    if (is_blank) return std::unexpected{TextError::kBlank};
    if (has_control) return std::unexpected{TextError::kControl};
    if (count > kMaxDescriptionCodePoints) return std::unexpected{TextError::kTooLong};
    return {};
}

std::expected<void, TextError> validate_new_password(std::string_view text) noexcept {
    if (text.size() < kMinPassword) return std::unexpected{TextError::kTooShort};
    if (text.size() > kMaxPassword) return std::unexpected{TextError::kTooLong};
    if (!is_utf8(text)) return std::unexpected{TextError::kNotUtf8};
    for (auto rest = text; !rest.empty();)
        if (is_control(*take_code_point(rest))) return std::unexpected{TextError::kControl};
    if (looks_like_token(text)) return std::unexpected{TextError::kLooksLikeToken};
    return {};
}

bool is_user_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > kMaxUserName || !is_alphanumeric(text.front())) return false;
    return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '@'; });
}

std::string fold_name(std::string_view name) { return lowered(name); }

bool looks_like_token(std::string_view text) noexcept {
    if (!text.starts_with("eyJ")) return false;
    int parts = 1;
    bool is_part_empty = true;
    for (char const c : text) {
        if (c == '.') {
            if (is_part_empty) return false;
            ++parts;
            is_part_empty = true;
        } else if (is_base64url(c)) {
            is_part_empty = false;
        } else {
            return false;
        }
    }
    return parts == 3 && !is_part_empty;
}

}  // namespace warder::core
