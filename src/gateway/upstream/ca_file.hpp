// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace warder::gateway {

/// What is wrong with a file of certificates by which an upstream is to be known, in a sentence with the path: that it can't be read, that it is no
/// PEM with a certificate, that all of them have expired.
[[nodiscard]] std::optional<std::string> validate_ca_file(std::filesystem::path const& file, std::chrono::system_clock::time_point now);

}  // namespace warder::gateway
