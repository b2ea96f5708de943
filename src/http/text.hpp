// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Small words of HTTP's grammar that several files read.
namespace warder::http {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// Letters, digits and these others, to be looked up by the byte.
constexpr std::array<bool, 256> make_char_table(std::string_view others) {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 128; ++c) table[c] = is_alpha(static_cast<char>(c)) || is_digit(static_cast<char>(c));
    for (char const c : others) table[static_cast<unsigned char>(c)] = true;
    return table;
}

/// token (RFC 9110 §5.6.2).
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// field-value (RFC 9110 §5.5), obsolete text included: no control character but a tab.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;
/// Without spaces and tabs at its ends.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
    return true;
}
/// uri-host [ ":" port ], also empty (RFC 9110 §7.2); no user information.
[[nodiscard]] bool is_host_value(std::string_view text) noexcept;

struct AbsoluteTarget {
    std::string_view scheme;  ///< http or https, in any case.
    std::string_view authority;
    std::string_view rest;  ///< Path and query; may be empty or start with `?`.
};
[[nodiscard]] std::optional<AbsoluteTarget> split_absolute(std::string_view url) noexcept;

/// A target without scheme and authority, cut at its `?`.
struct PathAndQuery {
    std::string_view path;
    std::string_view query;
};
[[nodiscard]] PathAndQuery split_target(std::string_view target) noexcept;

/// 80 or 443, as text.
[[nodiscard]] std::string_view default_port(std::string_view scheme) noexcept;
/// Whether two `host[:port]` name one place; the default port may be left out.
[[nodiscard]] bool same_authority(std::string_view a, std::string_view b, std::string_view default_port) noexcept;

/// Decodes `%XX` once; nullopt for a broken escape. @param plus_is_space  as in a query.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
[[nodiscard]] std::string percent_encode(std::string_view text);

/// How much of a file's path an error message repeats.
inline constexpr std::size_t kLongestShownPath = 256;

/// Text from outside made fit for a sentence: printable ASCII stays, the rest is escaped, cut at `limit` bytes of the text.
[[nodiscard]] std::string quote_for_message(std::string_view text, std::size_t limit = 64);

}  // namespace warder::http
