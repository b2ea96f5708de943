// SPDX-License-Identifier: MIT
#include "log/quoted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace warder::log {
namespace {

constexpr std::size_t kLongestValue = 256;
constexpr char32_t kReplacement = 0xFFFD;

struct Character {
    char32_t code;
    std::size_t size;  ///< Length in bytes.
};

/// The first byte of a multi-byte sequence (RFC 3629, section 3).
struct Form {
    std::uint8_t mask;
    std::uint8_t mark;
    std::size_t size;
    char32_t smallest;  ///< Smaller code points have a shorter form.
};
constexpr Form kForms[] = {{0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}};

/// Returns the first character of a non-empty text.
Character first_of(std::string_view text) noexcept {
    static constexpr Character kForeign{.code = kReplacement, .size = 1};
    auto const byte = [text](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
    if (byte(0) < 0x80) return {.code = byte(0), .size = 1};
    auto const* const form = std::ranges::find_if(kForms, [&](Form const& one) { return (byte(0) & one.mask) == one.mark; });
    if (form == std::end(kForms) || text.size() < form->size) return kForeign;
    auto code = static_cast<char32_t>(byte(0) & static_cast<std::uint8_t>(~form->mask));
    for (std::size_t at = 1; at < form->size; ++at) {
        if ((byte(at) & 0xC0U) != 0x80U) return kForeign;
        code = code << 6U | (byte(at) & 0x3FU);
    }
    bool const is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < form->smallest || code > 0x10FFFF || is_surrogate) return kForeign;
    return {.code = code, .size = form->size};
}

void append_escaped(std::string& out, char32_t code) {
    if (code == '"' || code == '\\') {
        out += '\\';
        out += static_cast<char>(code);
    } else if (code >= ' ' && code < 0x7F) {
        out += static_cast<char>(code);
    } else if (code < 0x10000) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(code));
    } else {
        auto const above = static_cast<std::uint32_t>(code) - 0x10000;
        fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xD800 + (above >> 10U), 0xDC00 + (above & 0x3FFU));
    }
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        auto const character = first_of(text.substr(at));
        if (at + character.size > kLongestValue) break;
        append_escaped(out, character.code);
        at += character.size;
    }
    out += '"';
}

bool is_bare_word(std::string_view text) noexcept {
    auto const is_plain = [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '=' && c != '\\'; };
    return !text.empty() && text.size() <= kLongestValue && std::ranges::all_of(text, is_plain);
}

}  // namespace warder::log
