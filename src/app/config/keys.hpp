// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "app/config/values.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The table of settings: their names, their types and how their values are stored.
namespace warder::app {

/// The key of the `[[route]]` tables; their content is described by `RouteKey`.
inline constexpr std::string_view kRoute = "route";
/// The key of the `[[preset]]` tables.
inline constexpr std::string_view kPreset = "preset";

struct Key {
    /// The type in TOML. The environment and the command line have only text, in which commas separate the items of a
    /// list. Tables can only be in the file.
    enum class Kind : std::uint8_t { kText, kNumber, kFlag, kTime, kTexts, kTables };
    /// Parses a value and stores it.
    using Apply = SetResult (*)(Config&, std::string const&);

    std::string_view name;  ///< For example "listen" or "tokens.max_life".
    Kind kind;
    Apply apply;
};

[[nodiscard]] std::span<Key const> all_keys();
[[nodiscard]] Key const* find_key(std::string_view name);
[[nodiscard]] Key const& nearest_key(std::string_view name);

/// Returns whether a key is in a section of this name.
[[nodiscard]] bool is_section(std::string_view name);

/// Returns the nearest valid name at the top level of the file: "listen", "[tokens]" or "[[route]]".
[[nodiscard]] std::string nearest_at_the_top(std::string_view name);

/// Returns the name of a key's variable: WARDER_TOKENS_MAX_LIFE for tokens.max_life.
[[nodiscard]] std::string variable_of(Key const& key);

struct Variable {
    enum class Kind : std::uint8_t {
        kSetting,
        kMisspelt,     ///< Begins with the name of a section, or is a letter or two away from a setting.
        kForeign,      ///< Other programs may use the prefix for their own variables.
        kServiceLink,  ///< Set by Kubernetes or Docker for a service whose name begins with "warder".
    } kind;
    Key const* key;       ///< The setting; nullptr if it isn't one.
    std::string nearest;  ///< The nearest known variable.
};
/// @param variable  the full name: "WARDER_LISTEN".
[[nodiscard]] Variable classify_variable(std::string_view variable, std::string_view value);

}  // namespace warder::app
