// SPDX-License-Identifier: MIT
#include "http/text.hpp"

#include "core/text/hex.hpp"
#include "core/text/simd.hpp"
#include "core/text/utf8.hpp"

#include <algorithm>

namespace warder::http {
namespace {

constexpr auto kTokenChars = make_char_table("!#$%&'*+-.^_`|~");
constexpr auto kRegNameChars = make_char_table("-._~%!$&'()*+,;=");

struct CodePointRange {
    char32_t first;
    char32_t last;
};

/// Control characters, and those that are invisible and could hide or reorder what surrounds them: most of Unicode's
/// category Cf, line and paragraph separators, and the tags and variation selectors of plane 14.
constexpr auto kUnreadable = std::to_array<CodePointRange>({
    {0x00, 0x1F},
    {0x7F, 0x9F},
    {0xAD, 0xAD},
    {0x0600, 0x0605},
    {0x061C, 0x061C},
    {0x06DD, 0x06DD},
    {0x070F, 0x070F},
    {0x180E, 0x180E},
    {0x200B, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x206F},
    {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB},
    {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF},
});

bool is_readable(char32_t point) noexcept {
    return std::ranges::none_of(kUnreadable, [point](CodePointRange range) { return range.first <= point && point <= range.last; });
}

void append_escaped(std::string& out, std::string_view bytes) {
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        out += {'\\', 'x', core::kUpperHex[byte >> 4U], core::kUpperHex[byte & 0xFU]};
    }
}

}  // namespace

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return kTokenChars[static_cast<unsigned char>(c)]; });
}

bool is_field_value(std::string_view text) noexcept {
    return core::all_bytes(
        text, ' ', [](core::SimdBytes bytes) { return (core::in_range(bytes, 0x20, 0xFF) | core::equal(bytes, '\t')) & ~core::equal(bytes, 0x7F); });
}

std::string_view trim(std::string_view text) noexcept {
    auto const is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

HostPort split_port(std::string_view authority) noexcept {
    auto const colon = authority.rfind(':');
    if (colon == std::string_view::npos || authority.find(']', colon) != std::string_view::npos) return {authority, std::nullopt};
    return {authority.substr(0, colon), authority.substr(colon + 1)};
}

bool is_host_value(std::string_view text) noexcept {
    auto const [host, port] = split_port(text);
    if (port && !std::ranges::all_of(*port, is_digit)) return false;
    if (port && host.empty()) return false;
    if (host.starts_with('[')) {
        auto const inner = host.substr(1);
        if (!inner.ends_with(']') || inner.size() < 2) return false;
        return std::ranges::all_of(inner.substr(0, inner.size() - 1), [](char c) { return core::hex_value(c) || c == ':' || c == '.'; });
    }
    return std::ranges::all_of(host, [](char c) { return kRegNameChars[static_cast<unsigned char>(c)]; });
}

std::optional<AbsoluteTarget> split_absolute(std::string_view url) noexcept {
    auto const scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return std::nullopt;
    AbsoluteTarget parts{url.substr(0, scheme_end), url.substr(scheme_end + 3), {}};
    if (!equal_ignoring_case(parts.scheme, "http") && !equal_ignoring_case(parts.scheme, "https")) return std::nullopt;
    auto const end = std::min(parts.authority.find_first_of("/?"), parts.authority.size());
    parts.rest = parts.authority.substr(end);
    parts.authority = parts.authority.substr(0, end);
    return parts;
}

PathAndQuery split_target(std::string_view target) noexcept {
    if (!target.starts_with('/')) {
        if (auto const absolute = split_absolute(target)) target = absolute->rest;
    }
    auto const question = std::min(target.find('?'), target.size());
    auto const path = question == 0 ? std::string_view{"/"} : target.substr(0, question);  // RFC 9110 §4.2.3: a URL without a path
    return {path, target.substr(std::min(question + 1, target.size()))};
}

std::string_view default_port(std::string_view scheme) noexcept { return equal_ignoring_case(scheme, "https") ? "443" : "80"; }

bool same_authority(std::string_view a, std::string_view b, std::string_view default_port) noexcept {
    auto const one = split_port(a);
    auto const other = split_port(b);
    auto const port_of = [default_port](HostPort const& host) { return host.port && !host.port->empty() ? *host.port : default_port; };
    return equal_ignoring_case(one.host, other.host) && port_of(one) == port_of(other);
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            if (i + 2 >= text.size()) return std::nullopt;
            auto const high = core::hex_value(text[i + 1]);
            auto const low = core::hex_value(text[i + 2]);
            if (!high || !low) return std::nullopt;
            decoded += static_cast<char>(*high * 16 + *low);
            i += 2;
        }
    }
    return decoded;
}

std::string quote_for_message(std::string_view text, std::size_t limit) {
    std::string safe;
    std::size_t taken = 0;
    for (auto rest = text; !rest.empty();) {
        auto const before = rest;
        auto const point = core::take_code_point(rest);
        if (!point) rest.remove_prefix(1);
        auto const character = before.substr(0, before.size() - rest.size());
        if (taken + character.size() > limit) return safe + "...";
        taken += character.size();
        if (point && is_readable(*point)) safe += character;
        else append_escaped(safe, character);
    }
    return safe;
}

std::string quote_for_log(std::string_view text, std::size_t limit) {
    std::string safe;
    for (char const& c : text.substr(0, limit)) {
        if (c >= 0x20 && c < 0x7F) safe += c;
        else append_escaped(safe, {&c, 1});
    }
    if (text.size() > limit) safe += "...";
    return safe;
}

}  // namespace warder::http
