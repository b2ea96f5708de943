// SPDX-License-Identifier: MIT
#pragma once

#include "app/config.hpp"
#include "crypto/secret.hpp"

#include <expected>
#include <filesystem>
#include <string>

namespace warder::app {

/// Where the password of a first start is left if no terminal can show it; removed once it is changed.
std::filesystem::path initial_password_file(Config const& config);
std::expected<void, std::string> write_initial_password(Config const& config, crypto::Secret const& password);

}  // namespace warder::app
