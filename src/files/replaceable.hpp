// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace warder::files {

/// Checks that a file is not a mount point of its own (`docker run -v FILE:FILE`). Such a file can only be written in
/// place, which is not crash-safe, and files next to it are not in the mount.
/// @return on failure, a message with the file's path.
[[nodiscard]] std::expected<void, std::string> validate_not_mounted_alone(std::filesystem::path const& file);

/// Checks that a file can be replaced.
/// @return on failure, a message with the file's path that says why.
[[nodiscard]] std::expected<void, std::string> validate_replaceable(std::filesystem::path const& file);

}  // namespace warder::files
