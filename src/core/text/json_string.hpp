// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// JSON strings as Python writes them.
namespace warder::core {

/// Appends the text with its quotes as `json.dumps` does with `ensure_ascii`: only printable ASCII is left as it is.
/// A byte that is not UTF-8 becomes U+FFFD.
void append_ascii_json_string(std::string& out, std::string_view text);

/// The text behind a well-formed JSON string with its quotes; nullopt if an escape stands for half a character (a lone surrogate).
[[nodiscard]] std::optional<std::string> read_json_string(std::string_view json);

}  // namespace warder::core
