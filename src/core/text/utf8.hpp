// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace warder::core {

/// Takes one code point off the front of a text that isn't empty; nullopt, and the text as it was, if it doesn't begin with well-formed UTF-8
/// (RFC 3629 section 4). Any thread.
[[nodiscard]] std::optional<char32_t> take_code_point(std::string_view& text) noexcept;

}  // namespace warder::core
