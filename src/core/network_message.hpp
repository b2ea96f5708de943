// SPDX-License-Identifier: MIT
#pragma once

#include "warder/network.hpp"

#include <span>
#include <string>
#include <string_view>

namespace warder::core {

/// Returns a sentence for people that names the entry and says what would be right.
/// @param texts  what was parsed.
/// @param quote  makes a text from outside safe to show, with quotes around it.
[[nodiscard]] std::string message(NetworkListError const& error, std::span<std::string const> texts, std::string (*quote)(std::string_view));

}  // namespace warder::core
