// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <string>

namespace warder::gateway {

/// Checks a file of CA certificates for upstreams.
/// @return on failure a message with the path: the file can't be read, contains no PEM certificate or a damaged one, or all
/// its certificates have expired.
[[nodiscard]] std::expected<void, std::string> validate_ca_file(std::filesystem::path const& file, std::chrono::system_clock::time_point now);

}  // namespace warder::gateway
