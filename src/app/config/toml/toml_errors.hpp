// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace warder::app {

/// Returns what is wrong with a line that the TOML parser rejected and, for common mistakes, the line as it should be.
/// Never repeats a value that may contain a secret.
/// @param text  the whole file.
/// @param line  the number of the line, from 1.
/// @param reported  the parser's own description, which is returned if the mistake is an uncommon one.
[[nodiscard]] std::string explain_toml_error(std::string_view text, std::size_t line, std::string_view reported);

}  // namespace warder::app
