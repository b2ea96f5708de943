// SPDX-License-Identifier: MIT
#include "core/text/utf8.hpp"

#include "core/text/simd.hpp"

#include <cstddef>
#include <cstdint>

namespace warder::core {

std::optional<char32_t> take_code_point(std::string_view& text) noexcept {
    auto const byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
    auto const first = byte(0);
    std::size_t const length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || text.size() < length) return std::nullopt;

    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xC0U) != 0x80U) return std::nullopt;
        point = point << 6U | (byte(at) & 0x3FU);
    }
    bool const is_overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    bool const is_surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (is_overlong || is_surrogate || point > 0x10FFFF) return std::nullopt;
    text.remove_prefix(length);
    return static_cast<char32_t>(point);
}

bool is_utf8(std::string_view text) noexcept { return !find_not_utf8(text); }

std::optional<std::size_t> find_not_utf8(std::string_view text) noexcept {
    // Nearly every text is ASCII.
    if (all_bytes(text, 0, [](SimdBytes bytes) { return in_range(bytes, 0, 0x7F); })) return std::nullopt;

    for (auto rest = text; !rest.empty();)
        if (!take_code_point(rest)) return text.size() - rest.size();
    return std::nullopt;
}

}  // namespace warder::core
