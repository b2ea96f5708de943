// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/toml/toml.hpp"

#include <expected>
#include <filesystem>
#include <string>

namespace warder::app {

/// Why a file of settings can't be used.
struct TomlFileError {
    std::string position;  ///< The file and, if the error is in its content, the line.
    std::string why;
};

/// Reads and parses a file of at most 1 MiB.
[[nodiscard]] std::expected<toml::table, TomlFileError> read_toml_file(std::filesystem::path const& file);

}  // namespace warder::app
