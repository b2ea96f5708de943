// SPDX-License-Identifier: MIT
#pragma once

#include "warder/error.hpp"

#include <string_view>

namespace warder::authority {

/// Checks a new password: 8 to 1024 bytes of UTF-8 without control characters that don't look like a token.
[[nodiscard]] Result<void> validate_password(std::string_view password) noexcept;

}  // namespace warder::authority
