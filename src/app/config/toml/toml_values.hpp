// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/keys.hpp"
#include "app/config/toml/toml.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Conversion of TOML values to the texts that settings accept.
namespace warder::app {

/// Returns a value as the text that the environment would contain; nullopt if the key doesn't accept its TOML type.
[[nodiscard]] std::optional<std::string> text_of(toml::node const& node, Key::Kind kind);

/// Returns the type of a value that a key of this kind doesn't accept, in words: "a number". Adds what is wrong with it
/// if only its quotes are.
[[nodiscard]] std::string found_type(toml::node const& node, Key::Kind expected);

/// Returns whether the value is a list that contains nothing but tables, such as `[[route]]`.
[[nodiscard]] bool is_list_of_tables(toml::node const& node);

/// Returns how to write a list of tables, for messages. @param name  "route" or "preset".
[[nodiscard]] std::string write_tables(std::string_view name);

/// Returns the members of a table in the order of their lines; toml++ sorts them by name.
[[nodiscard]] std::vector<std::pair<std::string, toml::node const*>> in_order_of_lines(toml::table const& table);

}  // namespace warder::app
