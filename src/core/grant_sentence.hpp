// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <string>

namespace warder::core {

/// A sentence for people that points at the character, counted from 1, without any text from outside.
[[nodiscard]] std::string message(GrantListError const& error);

/// The same of one grant alone.
[[nodiscard]] std::string message(GrantError const& error);

}  // namespace warder::core
