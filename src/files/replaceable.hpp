// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace warder::files {

/// Checks that a file is not a mount point of its own (`docker run -v FILE:FILE`). Such a file can only be written in
/// place, which is not crash-safe, and files next to it are not in the mount.
/// @return a message with the file's path, or nullopt.
[[nodiscard]] std::optional<std::string> validate_not_mounted_alone(std::filesystem::path const& file);

/// Checks that a file can be replaced.
/// @return a message with the file's path that says why not, or nullopt.
[[nodiscard]] std::optional<std::string> validate_replaceable(std::filesystem::path const& file);

}  // namespace warder::files
