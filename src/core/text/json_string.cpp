// SPDX-License-Identifier: MIT
#include "core/text/json_string.hpp"

#include "core/text/hex.hpp"
#include "core/text/simd.hpp"
#include "core/text/utf8.hpp"

#include <cstdint>

namespace warder::core {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

void append_escape(std::string& out, std::uint32_t unit) {
    out += "\\u";
    for (unsigned shift = 16; shift > 0; shift -= 4) out += kLowerHex[unit >> (shift - 4) & 0x0FU];
}

}  // namespace

void append_ascii_json_string(std::string& out, std::string_view text) {
    auto const is_verbatim = [](SimdBytes bytes) { return in_range(bytes, 0x20, 0x7E) & ~equal(bytes, '"') & ~equal(bytes, '\\'); };
    out += '"';
    if (all_bytes(text, 'a', is_verbatim)) {
        out.append(text).append(1, '"');
        return;
    }
    while (!text.empty()) {
        auto const taken = take_code_point(text);
        if (!taken) text.remove_prefix(1);
        auto const point = static_cast<std::uint32_t>(taken.value_or(kReplacement));
        switch (point) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\b':
                out += "\\b";
                break;
            default:
                if (point >= 0x20 && point < 0x7F) {
                    out += static_cast<char>(point);
                } else if (point < 0x10000) {
                    append_escape(out, point);
                } else {
                    append_escape(out, 0xD800U + ((point - 0x10000U) >> 10U));
                    append_escape(out, 0xDC00U + ((point - 0x10000U) & 0x3FFU));
                }
        }
    }
    out += '"';
}

}  // namespace warder::core
