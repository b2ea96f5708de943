// SPDX-License-Identifier: MIT
#pragma once

#include "warder/error.hpp"

#include <optional>
#include <string_view>

namespace warder::authority {

/// Why a password can't be set, if it can't: it must have 8 to 1024 bytes of UTF-8 without control characters and not look like a token.
[[nodiscard]] std::optional<Error> judge_password(std::string_view password) noexcept;

}  // namespace warder::authority
