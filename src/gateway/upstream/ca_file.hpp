// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace warder::gateway {

/// Checks a file of CA certificates for upstreams.
/// @return a message with the path if the file can't be read, contains no PEM certificate or a damaged one, or if all its
/// certificates have expired; nullopt if it is usable.
[[nodiscard]] std::optional<std::string> validate_ca_file(std::filesystem::path const& file, std::chrono::system_clock::time_point now);

}  // namespace warder::gateway
