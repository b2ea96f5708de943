// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The settings there are, as data: their names, what they take, where their values go.
namespace warder::app {

/// The tables of the gateway's routes; what stands in them is `RouteKey`'s.
inline constexpr std::string_view kRoute = "route";

struct Key {
    /// What TOML may write; the environment and the command line know texts alone, where a list has commas. No other
    /// place than the file has tables.
    enum class Kind : std::uint8_t { kText, kNumber, kFlag, kTime, kTexts, kTables };
    /// Puts a value, given as text, where it belongs. @return what would be right, if the value is not.
    using Apply = std::optional<std::string> (*)(Config&, std::string const&);

    std::string_view name;  ///< "listen", "tokens.max_life"
    Kind kind;
    Apply apply;  ///< nullptr: a key that this version does not obey yet.
};

[[nodiscard]] Key const* find_key(std::string_view name);
[[nodiscard]] Key const& nearest_key(std::string_view name);

enum class Section : std::uint8_t { kUnknown, kKnown, kNotYet };
[[nodiscard]] Section find_section(std::string_view name);

/// What may stand where no section is open, nearest to this: "listen", "[tokens]" or "[[route]]".
[[nodiscard]] std::string nearest_at_the_top(std::string_view name);

struct Variable {
    enum class Kind : std::uint8_t {
        kSetting,
        kMisspelt,     ///< Begins with a section's name, or is a letter or two away from a setting.
        kForeign,      ///< Others may use the prefix for things of their own.
        kServiceLink,  ///< Set by Kubernetes or Docker for a service whose name begins with "warder".
    } kind;
    Key const* key;       ///< The setting; nullptr where it is none.
    std::string nearest;  ///< The nearest variable that is known.
};
/// @param variable  whole: "WARDER_LISTEN".
[[nodiscard]] Variable classify_variable(std::string_view variable, std::string_view value);

}  // namespace warder::app
