// SPDX-License-Identifier: MIT
#include "app/commands/check_routes.hpp"

#include "api/router.hpp"
#include "api/routes.hpp"
#include "app/config/unreachable_routes.hpp"
#include "app/config/values.hpp"
#include "gateway/route_probe.hpp"
#include "gateway/upstream/ca_file.hpp"
#include "gateway/upstream/upstream_credential.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>

namespace warder::app {
namespace {

/// Returns whether the management API has this path itself; routes may still have paths below it.
bool is_api_path(std::string_view path) { return api::match(api::all_routes(), "OPTIONS", path).kind != api::Match::Kind::kNotFound; }

}  // namespace

std::vector<std::string> find_route_problems(Reading const& reading) {
    std::vector<std::string> problems;
    auto const now = std::chrono::system_clock::now();
    for (auto const& route : reading.config.routes) {
        auto const add = [&](std::string_view problem) {
            problems.push_back((route.prefix.empty() ? "a route" : "route " + quote(route.prefix)) + ": " + std::string{problem});
        };
        if (share_listener_with_api(reading) && is_api_path(route.prefix))
            add("unreachable, because the management API has a call with this path: set gateway.listen, or choose another prefix");
        for (auto const& problem : gateway::find_upstream_credential_problems(route.credential)) add(problem);
        if (route.ca_file.empty()) continue;
        if (auto const valid = gateway::validate_ca_file(route.ca_file, now); !valid) add(valid.error());
    }
    return problems;
}

ProbedRoutes probe_routes(std::vector<gateway::RouteSettings> const& routes) {
    std::vector<gateway::RouteSettings> known;
    std::ranges::copy_if(routes, std::back_inserter(known),
                         [](gateway::RouteSettings const& route) { return !route.prefix.empty() && !route.upstream.host.empty(); });
    ProbedRoutes probed;
    for (auto const& probe : gateway::probe_routes(known)) {
        auto const& url = probe.route->upstream;
        auto const name = "route " + quote(probe.route->prefix) + ": ";
        if (probe.failure) {
            probed.problems.push_back(name + *probe.failure);
            continue;
        }
        auto message = name + "connected to " + (url.is_tls ? "https://" : "http://") + url.authority;
        if (url.is_tls) message += ", the certificate is trusted";
        if (!probe.route->credential.file.empty() && gateway::find_upstream_credential_problems(probe.route->credential).empty())
            message += ", the credential file is readable";
        probed.working.push_back(std::move(message));
    }
    return probed;
}

}  // namespace warder::app
