// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "authority/presets.hpp"
#include "gateway/gateway.hpp"
#include "runtime/instance.hpp"
#include "server/server.hpp"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace warder::app {

/// What the log says when a reload failed, and when memory was the cause.
inline constexpr std::string_view kOldOnesStay = "what was read before stays in force";
inline constexpr std::string_view kNoMemory = "not enough memory";

/// What a reload changes.
struct Running {
    runtime::Instance& instance;
    server::Server& server;
    gateway::Gateway* gateway;  ///< Null if the server was started without one.
    authority::PresetCatalog& presets;
    bool is_tls;
};

/// Reads the configuration again and applies the log level, the TLS certificate, the routes and the presets. Logs what
/// is wrong; what was read before then stays in force.
void reload_configuration(Running const& running, std::optional<std::filesystem::path> const& file, Overrides const& overrides);

/// Logs problems with credential files. They don't prevent the start: the files may be created or fixed later, and
/// requests succeed from then on.
void warn_of_credentials(log::Logger& log, std::vector<gateway::RouteSettings> const& routes);

}  // namespace warder::app
