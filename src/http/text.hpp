// SPDX-License-Identifier: MIT
#pragma once

#include "core/text/ascii.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Small pieces of HTTP's grammar that several files share.
namespace warder::http {

using core::is_alpha;
using core::is_alphanumeric;
using core::is_digit;
using core::lower;

/// Returns a table, indexed by byte, of the ASCII letters, the digits and the characters in `others`.
constexpr std::array<bool, 256> make_char_table(std::string_view others) {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 128; ++c) table[c] = is_alphanumeric(static_cast<char>(c));
    for (char const c : others) table[static_cast<unsigned char>(c)] = true;
    return table;
}

/// Returns whether the text is a `token` (RFC 9110 §5.6.2).
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// Returns whether the text is a `field-value` (RFC 9110 §5.5), including obs-text: it contains no control character
/// except tab.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;
/// Returns the text without leading and trailing spaces and tabs.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
    return true;
}
struct HostPort {
    std::string_view host;
    std::optional<std::string_view> port;
};
/// Splits `host [":" port]` without validating either; an IPv6 address keeps its brackets.
[[nodiscard]] HostPort split_port(std::string_view authority) noexcept;
/// Returns whether the text is `uri-host [ ":" port ]` or empty (RFC 9110 §7.2). User information is not allowed.
[[nodiscard]] bool is_host_value(std::string_view text) noexcept;

struct AbsoluteTarget {
    std::string_view scheme;  ///< http or https, in any letter case.
    std::string_view authority;
    std::string_view rest;  ///< Path and query; may be empty or start with `?`.
};
[[nodiscard]] std::optional<AbsoluteTarget> split_absolute(std::string_view url) noexcept;

/// A target without scheme and authority, split at its first `?`.
struct PathAndQuery {
    std::string_view path;
    std::string_view query;
};
[[nodiscard]] PathAndQuery split_target(std::string_view target) noexcept;

/// Returns "443" for https, otherwise "80".
[[nodiscard]] std::string_view default_port(std::string_view scheme) noexcept;
/// Returns whether two `host[:port]` values name the same authority; the default port may be omitted in either.
[[nodiscard]] bool same_authority(std::string_view a, std::string_view b, std::string_view default_port) noexcept;

/// Decodes each `%XX` once.
/// @param plus_is_space  decode `+` as a space, as in a query.
/// @return nullopt if an escape is invalid.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// Maximum number of bytes of a file path that an error message quotes.
inline constexpr std::size_t kMaxQuotedPath = 256;

/// Makes text from outside safe to quote in a message for people: cuts it to about `limit` bytes at the end of a
/// character, keeps readable UTF-8, and escapes control characters, invisible and bidirectional formatting characters
/// and invalid bytes.
[[nodiscard]] std::string quote_for_message(std::string_view text, std::size_t limit = 64);
/// Like `quote_for_message`, but keeps only printable ASCII, for logs that a terminal or a log processor reads.
[[nodiscard]] std::string quote_for_log(std::string_view text, std::size_t limit = 64);

}  // namespace warder::http
