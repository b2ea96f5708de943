// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

/// What each setting means, for the manual page and for the commented example.
namespace warder::app {

struct KeyHelp {
    std::string_view name;      ///< As in the table of keys: "tokens.max_life"; of a route: "route.prefix".
    std::string_view fallback;  ///< The default as it is written in the file; empty if there is none.
    std::string_view text;      ///< Sentences without the last period. What is between backticks is literal.
};

/// Returns one entry for each setting that this version supports, and for each setting of a route.
[[nodiscard]] std::span<KeyHelp const> all_key_help();

/// @return nullptr if the setting has no text.
[[nodiscard]] KeyHelp const* find_key_help(std::string_view name);

}  // namespace warder::app
