// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// JSON strings as Python writes them.
namespace warder::core {

/// Appends the text as a quoted JSON string like `json.dumps` with `ensure_ascii`: everything but printable ASCII is
/// escaped. A byte that is not UTF-8 becomes U+FFFD.
void append_ascii_json_string(std::string& out, std::string_view text);

/// Returns the text of a well-formed JSON string, which includes its quotes.
/// @return nullopt if an escape is half a character (a lone surrogate).
[[nodiscard]] std::optional<std::string> read_json_string(std::string_view json);

}  // namespace warder::core
