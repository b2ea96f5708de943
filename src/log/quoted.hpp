// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace warder::log {

/// Appends a text from outside in quotes, printable ASCII alone, as a JSON string that says the same: nothing in it can end the line or the quotes,
/// or steer a terminal. Cut at 256 bytes, between characters. Bytes that are no UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);

/// Whether the text can stand in a logfmt line as it is.
[[nodiscard]] bool is_bare_word(std::string_view text) noexcept;

}  // namespace warder::log
