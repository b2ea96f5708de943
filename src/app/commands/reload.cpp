// SPDX-License-Identifier: MIT
#include "app/commands/reload.hpp"

#include "gateway/upstream/route_set.hpp"
#include "gateway/upstream/upstream_credential.hpp"

#include <exception>
#include <memory>
#include <string_view>
#include <utility>

namespace warder::app {
namespace {

/// Returns the new routes; null if the current ones stay in force.
std::shared_ptr<gateway::RouteSet const> make_new_routes(log::Logger& log, gateway::Gateway const* gateway,
                                                         std::vector<gateway::RouteSettings> const& settings, Clock const& clock) {
    if (gateway == nullptr) {
        if (!settings.empty()) log.warning("restart_needed", {{"why", "the server was started without routes and without gateway.listen"}});
        return nullptr;
    }
    auto routes = gateway::RouteSet::make(settings, clock, gateway->routes().get());
    if (!routes) {
        log.error("routes_not_reloaded", {{"why", std::string_view{routes.error()}}, {"effect", kOldOnesStay}});
        return nullptr;
    }
    warn_of_credentials(log, settings);
    return std::move(*routes);
}

/// Reads everything that needs memory before it replaces anything.
void reload_or_throw(Running const& running, std::optional<std::filesystem::path> const& file, Overrides const& overrides) {
    auto& log = running.instance.log();
    auto config = read_config(file, overrides);
    if (!config) {
        for (auto const& problem : config.error())
            log.error("configuration_not_reloaded", {{"why", std::string_view{problem}}, {"effect", kOldOnesStay}});
        return;
    }
    auto presets = std::make_shared<authority::Presets const>(std::move(config->presets));
    auto routes = make_new_routes(log, running.gateway, config->routes, running.instance.clock());
    if (config->server.tls.is_wanted() != running.is_tls) log.warning("restart_needed", {{"why", "TLS can only be turned on or off by a restart"}});
    else if (running.is_tls)
        if (auto const replaced = running.server.replace_identity(config->server.tls); !replaced)
            log.error("certificate_not_reloaded", {{"why", std::string_view{replaced.error()}}, {"effect", kOldOnesStay}});
    if (routes) running.gateway->replace(std::move(routes));
    running.presets.replace(std::move(presets));
    log.set_level(config->log_level);
    log.info("reloaded", {{"what", "log level, TLS certificate, routes and presets; other changes need a restart"}});
}

}  // namespace

void warn_of_credentials(log::Logger& log, std::vector<gateway::RouteSettings> const& routes) {
    for (auto const& route : routes)
        for (auto const& problem : gateway::find_upstream_credential_problems(route.credential))
            log.warning("credential_unusable", {{"route", std::string_view{route.prefix}},
                                                {"why", std::string_view{problem}},
                                                {"effect", "requests to the route are answered with 502 until it is fixed"}});
}

void reload_configuration(Running const& running, std::optional<std::filesystem::path> const& file, Overrides const& overrides) {
    try {
        reload_or_throw(running, file, overrides);
    } catch (std::exception const&) {
        running.instance.log().error("configuration_not_reloaded", {{"why", kNoMemory}, {"effect", kOldOnesStay}});
    }
}

}  // namespace warder::app
