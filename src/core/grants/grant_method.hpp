// SPDX-License-Identifier: MIT
#pragma once

#include "core/text/ascii.hpp"

namespace warder {

/// Returns whether the character may occur in a method that a grant names. Methods are case-sensitive (RFC 9110,
/// section 9.1), and all that are in use are upper case.
[[nodiscard]] constexpr bool is_grant_method_char(char c) noexcept { return (c >= 'A' && c <= 'Z') || core::is_digit(c) || c == '-' || c == '_'; }

}  // namespace warder
