// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace warder::app {

/// Runs the server until SIGTERM or SIGINT.
/// @param config_file, overrides  read again on SIGHUP. A reload applies the log level, the TLS certificate and the
/// routes.
/// @param wants_new_store  creates the store if there is none, even if the keys have been used with one.
/// @return on failure, one sentence that says why the server could not start.
std::expected<void, std::string> serve(Config const& config, std::optional<std::filesystem::path> const& config_file, Overrides const& overrides,
                                       bool wants_new_store = false);

}  // namespace warder::app
