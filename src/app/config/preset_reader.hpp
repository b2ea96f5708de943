// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/keys.hpp"
#include "app/config/toml/toml.hpp"
#include "authority/presets.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warder::app {

/// The valid ones of some presets in their order, and what is wrong with the others: sentences with file and line.
struct PresetsRead {
    authority::Presets presets;
    std::vector<std::string> problems;
};

/// Reads `[[preset]]` tables.
/// @param tables  contains only tables. @param file  the name of the file for messages.
[[nodiscard]] PresetsRead read_presets(toml::array const& tables, std::string const& file);

/// Reads the presets of all files `*.toml` in a directory, in the order of their names. Hidden files are skipped.
/// @param is_required  whether it is a problem if there is no such directory.
[[nodiscard]] PresetsRead read_preset_directory(std::filesystem::path const& directory, bool is_required);

/// Returns `first`, then those of `second` that have another name.
[[nodiscard]] authority::Presets merge_presets(authority::Presets first, authority::Presets second);

/// The directory of the presets of the Debian package.
inline constexpr std::string_view kPackagedPresets = "/usr/share/warder/presets";

/// Returns the directory of the presets that are installed with this program: `PREFIX/share/warder/presets` if the
/// program is `PREFIX/bin/warder`, else `kPackagedPresets`.
[[nodiscard]] std::filesystem::path installed_presets();

/// Returns the type of a key of `[[preset]]`; nullopt if there is no such key.
[[nodiscard]] std::optional<Key::Kind> kind_of_preset_key(std::string_view name);

}  // namespace warder::app
