// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace warder::files {

/// Whether a file is mounted by itself (`docker run -v FILE:FILE`), as a sentence with its path. It can only be written in place, which no crash
/// would survive, and what lies beside it is not in the mount.
[[nodiscard]] std::optional<std::string> validate_not_mounted_alone(std::filesystem::path const& file);

/// Why a file can't be replaced, as a sentence with its path; nothing if it can.
[[nodiscard]] std::optional<std::string> validate_replaceable(std::filesystem::path const& file);

}  // namespace warder::files
