// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Messages about unknown settings: they name the setting that was probably meant, or the section that it belongs to.
namespace warder::app {

/// @param section  the section in which the key was found; empty at the top of the file.
[[nodiscard]] std::string unknown_key(std::string_view section, std::string_view name);
[[nodiscard]] std::string unknown_section(std::string_view name);

/// About a key of `[[route]]` or `[[preset]]`.
struct UnknownTableKey {
    std::string message;
    std::string_view meant;  ///< The key that is suggested; empty if none is similar, or the key belongs elsewhere.
};
[[nodiscard]] UnknownTableKey unknown_route_key(std::string_view name);
/// The same for a key of `[[preset]]`.
[[nodiscard]] UnknownTableKey unknown_preset_key(std::string_view name);

/// Returns the setting that an ignored variable such as WARDER_MAX_LIFE or WARDER_PORT probably means: the name of its
/// variable. Nullopt if its name resembles no setting.
[[nodiscard]] std::optional<std::string> find_variable_meant(std::string_view variable);

}  // namespace warder::app
