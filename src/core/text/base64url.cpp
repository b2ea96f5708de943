// SPDX-License-Identifier: MIT
#include "core/text/base64url.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace warder::core {
namespace {

constexpr std::string_view kUrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStandardAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kForeign = 0xFF;

using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(std::string_view alphabet) {
    Values values{};
    values.fill(kForeign);
    for (std::size_t i = 0; i < alphabet.size(); ++i) values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}

constexpr Values kUrlValues = values_of(kUrlAlphabet);
constexpr Values kStandardValues = values_of(kStandardAlphabet);

/// Returns a word whose first byte in memory is the most significant byte of `bits`.
constexpr std::uint32_t in_memory_order(std::uint32_t bits) noexcept {
    return std::endian::native == std::endian::little ? std::byteswap(bits) : bits;
}

/// Decodes four characters into three bytes, and the last two or three into one or two, whose trailing bits must be
/// zero.
bool decode(Values const& values, std::string_view text, char* out) noexcept {
    if (text.size() % 4 == 1) return false;
    auto const value = [&](std::size_t at) { return std::uint32_t{values[static_cast<unsigned char>(text[at])]}; };
    std::uint32_t seen = 0;  // an invalid character sets bits above the sixth
    std::size_t at = 0;
    auto const take_four = [&] {
        auto const a = value(at);
        auto const b = value(at + 1);
        auto const c = value(at + 2);
        auto const d = value(at + 3);
        seen |= a | b | c | d;
        at += 4;
        return in_memory_order(a << 26U | b << 20U | c << 14U | d << 8U);
    };
    // Store four bytes at once as long as more follow; the next ones overwrite the fourth.
    for (; at + 4 < text.size(); out += 3) {
        auto const bytes = take_four();
        std::memcpy(out, &bytes, 4);
    }
    if (at + 4 == text.size()) {
        auto const bytes = take_four();
        std::memcpy(out, &bytes, 3);
    }
    if (seen > 63) return false;

    auto const rest = text.size() - at;
    if (rest == 0) return true;
    auto const a = value(at);
    auto const b = value(at + 1);
    auto const c = rest == 3 ? value(at + 2) : 0U;
    if ((a | b | c) > 63) return false;
    *out++ = static_cast<char>((a << 2U | b >> 4U) & 0xFFU);
    if (rest == 2) return (b & 0x0FU) == 0;
    *out++ = static_cast<char>((b << 4U | c >> 2U) & 0xFFU);
    return (c & 0x03U) == 0;
}

/// Encodes without padding. The caller reserves the memory.
void encode(std::string_view alphabet, std::string_view bytes, std::string& out) {
    std::uint32_t bits = 0;
    unsigned waiting = 0;
    for (char const byte : bytes) {
        bits = bits << 8U | static_cast<unsigned char>(byte);
        for (waiting += 8; waiting >= 6; waiting -= 6) out += alphabet[bits >> (waiting - 6) & 0x3FU];
    }
    if (waiting > 0) out += alphabet[bits << (6 - waiting) & 0x3FU];
}

}  // namespace

void append_base64url(std::string& out, std::string_view bytes) {
    out.reserve(out.size() + (bytes.size() * 4 + 2) / 3);
    encode(kUrlAlphabet, bytes, out);
}

std::string to_base64url(std::string_view bytes) {
    std::string out;
    append_base64url(out, bytes);
    return out;
}

std::optional<std::string_view> decode_base64url(std::string_view text, std::span<char> out) noexcept {
    auto const length = base64url_decoded_length(text.size());
    if (length > out.size() || !decode(kUrlValues, text, out.data())) return std::nullopt;
    return std::string_view{out.data(), length};
}

std::string to_base64(std::string_view bytes) {
    std::string out;
    // Reserve all of it: the bytes may be a secret, and growing would leave copies in freed memory.
    out.reserve((bytes.size() + 2) / 3 * 4);
    encode(kStandardAlphabet, bytes, out);
    out.append((3 - bytes.size() % 3) % 3, '=');
    return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    std::string out(base64url_decoded_length(text.size()), '\0');
    if (!decode(kStandardValues, text, out.data())) return std::nullopt;
    return out;
}

}  // namespace warder::core
