// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace warder::app {

/// Runs the server until SIGTERM or SIGINT.
/// @param config_file, overrides  read again on SIGHUP, for the log level.
/// @param wants_new_store  makes a store where there is none, though the keys have been used with one.
/// @return nothing, or the one sentence that says why it could not start.
std::expected<void, std::string> serve(Config const& config, std::optional<std::filesystem::path> const& config_file, Overrides const& overrides,
                                       bool wants_new_store = false);

}  // namespace warder::app
