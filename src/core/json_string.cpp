// SPDX-License-Identifier: MIT
#include "core/json_string.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace warder::core {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_escape(std::string& out, std::uint32_t unit) {
    out += "\\u";
    for (unsigned shift = 16; shift > 0; shift -= 4) out += kHexDigits[unit >> (shift - 4) & 0x0FU];
}

/// One code point of valid UTF-8 off the front.
std::uint32_t take_code_point(std::string_view& text) {
    auto const first = static_cast<unsigned char>(text.front());
    std::size_t const length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t at = 1; at < length && at < text.size(); ++at) point = point << 6U | (static_cast<unsigned char>(text[at]) & 0x3FU);
    text.remove_prefix(std::min(length, text.size()));
    return point;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        auto const point = take_code_point(text);
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

std::optional<std::string> read_json_string(std::string_view json) {
    if (json.find('\\') == std::string_view::npos) return std::string{json.substr(1, json.size() - 2)};
    boost::json::error_code code;
    auto const value = boost::json::parse({json.data(), json.size()}, code);
    if (code || !value.is_string()) return std::nullopt;
    return std::string{value.get_string().data(), value.get_string().size()};
}

}  // namespace warder::core
