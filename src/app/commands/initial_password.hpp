// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "crypto/secret.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace warder::app {

/// The file that keeps the password of a first start if there is no terminal to show it. It is deleted once the
/// password is changed.
std::filesystem::path initial_password_file(Config const& config);
std::expected<void, std::string> write_initial_password(Config const& config, crypto::Secret const& password);
/// Returns whether the password in this file still matches the hash. Computes the hash, which is slow, if the file
/// exists.
bool is_initial_password(std::filesystem::path const& file, std::string_view hash);

}  // namespace warder::app
