// SPDX-License-Identifier: MIT
#include "warder/token.hpp"

#include "warder/ports.hpp"

#include <span>

namespace warder {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr bool is_dash_place(std::size_t at) noexcept { return at == 8 || at == 13 || at == 18 || at == 23; }

constexpr std::optional<std::uint8_t> hex_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
    return std::nullopt;
}

}  // namespace

TokenId TokenId::make(Random& random) {
    Bytes bytes{};
    random.fill(std::as_writable_bytes(std::span{bytes}));
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);  // version 4
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);  // variant 1
    return TokenId{bytes};
}

std::optional<TokenId> TokenId::parse(std::string_view text) noexcept {
    if (text.size() != kTextLength) return std::nullopt;
    Bytes bytes{};
    std::size_t digits = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_dash_place(at)) {
            if (text[at] != '-') return std::nullopt;
            continue;
        }
        auto const value = hex_value(text[at]);
        if (!value) return std::nullopt;
        auto& byte = bytes[digits / 2];
        byte = static_cast<std::uint8_t>(byte << 4U | *value);
        ++digits;
    }
    if (bytes == Bytes{}) return std::nullopt;
    return TokenId{bytes};
}

std::string TokenId::text() const {
    std::string text;
    text.reserve(kTextLength);
    append_to(text);
    return text;
}

void TokenId::append_to(std::string& out) const {
    std::array<char, kTextLength> text;
    std::size_t at = 0;
    for (auto const byte : bytes_) {
        if (is_dash_place(at)) text[at++] = '-';
        text[at++] = kHexDigits[byte >> 4U];
        text[at++] = kHexDigits[byte & 0x0FU];
    }
    out.append(text.data(), text.size());
}

}  // namespace warder
