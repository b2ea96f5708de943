// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

/// JSON strings as Python writes them.
namespace warder::core {

/// Appends the text as a quoted JSON string like `json.dumps` with `ensure_ascii`: everything but printable ASCII is
/// escaped. A byte that is not UTF-8 becomes U+FFFD.
void append_ascii_json_string(std::string& out, std::string_view text);

}  // namespace warder::core
