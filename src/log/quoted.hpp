// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace warder::log {

/// Appends a text from outside as a quoted JSON string of printable ASCII, so that it can't end the line or the quotes,
/// or control a terminal. Truncated to 256 bytes at a character boundary. Bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);

/// Returns whether the text needs no quotes in a logfmt line.
[[nodiscard]] bool is_bare_word(std::string_view text) noexcept;

}  // namespace warder::log
