// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "crypto/secret.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace warder::app {

/// Where the password of a first start is left if no terminal can show it; removed once it is changed.
std::filesystem::path initial_password_file(Config const& config);
std::expected<void, std::string> write_initial_password(Config const& config, crypto::Secret const& password);
/// Whether the password that was left in this file is still the one of the hash. Costs an evaluation of the hash if there is a file.
bool is_initial_password(std::filesystem::path const& file, std::string_view hash);

}  // namespace warder::app
