// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What people type when they mean a command or an option of `warder`.
namespace warder::app {

/// Returns the candidate that a word most likely means: a well-known synonym ("start" for "serve", "--port" for
/// "--listen"), the only candidate that begins with the word, or the nearest one if it differs in few letters.
/// @param candidates  names of commands, or of options with their two dashes.
[[nodiscard]] std::optional<std::string> find_meant(std::string_view word, std::span<std::string const> candidates);

}  // namespace warder::app
