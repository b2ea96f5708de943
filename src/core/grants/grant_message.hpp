// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <string>

namespace warder::core {

/// Returns a sentence for people that names the grant and the position of the character, counted from 1. It contains no
/// text from outside.
[[nodiscard]] std::string message(GrantListError const& error);

/// Returns the same for a grant that is not in a list.
[[nodiscard]] std::string message(GrantError const& error);

}  // namespace warder::core
