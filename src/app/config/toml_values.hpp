// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/keys.hpp"

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// TOML's values as the texts that settings take.
namespace warder::app {

/// A value as the text that the environment would give it in; nullopt if TOML's type is not one that the key takes.
[[nodiscard]] std::optional<std::string> text_of(toml::node const& node, Key::Kind kind);

/// What a value is, in words: "a number".
[[nodiscard]] std::string_view type_of(toml::node const& node);

/// What stands in the table, as people read it: toml++ sorts by name.
[[nodiscard]] std::vector<std::pair<std::string, toml::node const*>> in_order_of_lines(toml::table const& table);

}  // namespace warder::app
