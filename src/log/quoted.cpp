// SPDX-License-Identifier: MIT
#include "log/quoted.hpp"

#include "core/text/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace warder::log {
namespace {

constexpr std::size_t kLongestValue = 256;
constexpr char32_t kReplacement = 0xFFFD;

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
    for (auto rest = text; !rest.empty();) {
        auto const point = core::take_code_point(rest);
        if (!point) rest.remove_prefix(1);
        if (text.size() - rest.size() > kLongestValue) break;
        append_escaped(out, point.value_or(kReplacement));
    }
    out += '"';
}

bool is_bare_word(std::string_view text) noexcept {
    auto const is_plain = [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '=' && c != '\\'; };
    return !text.empty() && text.size() <= kLongestValue && std::ranges::all_of(text, is_plain);
}

}  // namespace warder::log
