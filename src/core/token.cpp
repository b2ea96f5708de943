// SPDX-License-Identifier: MIT
#include "warder/token.hpp"

#include "core/text/hex.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <span>

namespace warder {
namespace {

/// Positions of the first digit of each byte, and of the dashes.
constexpr auto kBytePositions = std::to_array<std::size_t>({0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34});
constexpr auto kDashPositions = std::to_array<std::size_t>({8, 13, 18, 23});

constexpr unsigned kForeign = 0x100;  // above a byte even after the shift below
constexpr auto kHexValues = [] {
    std::array<std::uint16_t, 256> values{};
    values.fill(kForeign);
    for (std::size_t i = 0; i < core::kLowerHex.size(); ++i)
        values.at(static_cast<unsigned char>(core::kLowerHex[i])) = static_cast<std::uint16_t>(i);
    return values;
}();

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
    for (auto const index : kDashPositions)
        if (text[index] != '-') return std::nullopt;
    Bytes bytes;
    unsigned seen = 0;  // an invalid character sets a bit above the eighth
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto const value = [&](std::size_t index) { return unsigned{kHexValues[static_cast<unsigned char>(text[index])]}; };
        auto const both = value(kBytePositions[i]) << 4U | value(kBytePositions[i] + 1);
        seen |= both;
        bytes[i] = static_cast<std::uint8_t>(both & 0xFFU);
    }
    if (seen >= kForeign || bytes == Bytes{}) return std::nullopt;
    return TokenId{bytes};
}

std::string TokenId::text() const {
    auto const text = chars();
    return {text.data(), text.size()};
}

std::array<char, TokenId::kTextLength> TokenId::chars() const noexcept {
    std::array<char, kTextLength> text;
    for (auto const index : kDashPositions) text[index] = '-';
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
        text[kBytePositions[i]] = core::kLowerHex[bytes_[i] >> 4U];
        text[kBytePositions[i] + 1] = core::kLowerHex[bytes_[i] & 0x0FU];
    }
    return text;
}

void TokenId::append_to(std::string& out) const {
    auto const text = chars();
    out.append(text.data(), text.size());
}

}  // namespace warder
