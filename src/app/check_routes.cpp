// SPDX-License-Identifier: MIT
#include "app/check_routes.hpp"

#include "app/config_values.hpp"
#include "gateway/ca_file.hpp"
#include "gateway/credential.hpp"
#include "http/router.hpp"
#include "http/routes.hpp"

#include <chrono>
#include <string_view>

namespace warder::app {
namespace {

/// Whether an own call is at the path itself; below it there may be others' paths still.
bool is_own_call(std::string_view path, bool has_ui) {
    if (has_ui && (path == "/ui" || path.starts_with("/ui/"))) return true;
    bool const is_decision = path == "/auth" || path.starts_with("/auth/");
    return is_decision || http::match(http::all_routes(), "OPTIONS", path).kind != http::Match::Kind::kNotFound;
}

}  // namespace

std::vector<std::string> find_route_faults(Reading const& reading) {
    std::vector<std::string> faults;
    auto const now = std::chrono::system_clock::now();
    bool const are_beside_own_calls = !reading.config.server.gateway_listen && !reading.unsure.contains("gateway.listen");
    for (auto const& route : reading.config.routes) {
        auto const add = [&](std::string_view fault) {
            faults.push_back((route.prefix.empty() ? "a route" : "route " + shown(route.prefix)) + ": " + std::string{fault});
        };
        if (are_beside_own_calls && is_own_call(route.prefix, reading.config.has_ui()))
            add("requests don't get there, for an own call of that path goes before it: set gateway.listen, or take another prefix");
        for (auto const& fault : gateway::find_credential_faults(route.credential)) add(fault);
        if (route.ca_file.empty()) continue;
        if (auto const fault = gateway::find_ca_file_fault(route.ca_file, now)) add(*fault);
    }
    return faults;
}

}  // namespace warder::app
