// SPDX-License-Identifier: MIT
#include "app/config/unreachable_routes.hpp"

#include "app/config/values.hpp"

#include <string_view>

namespace warder::app {
namespace {

bool is_at_or_below(std::string_view path, std::string_view top) {
    return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

/// Returns what has the path of the prefix and all paths below it; empty if they are free.
std::string_view find_owner(std::string_view prefix, bool has_ui) {
    if (is_at_or_below(prefix, "/auth")) return "the decision endpoint /auth";
    return has_ui && is_at_or_below(prefix, "/ui") ? "the web UI" : std::string_view{};
}

}  // namespace

bool share_listener_with_api(Reading const& reading) { return !reading.config.server.gateway_listen && !reading.unsure.contains("gateway.listen"); }

std::vector<std::string> find_unreachable_routes(Reading const& reading) {
    std::vector<std::string> problems;
    if (!share_listener_with_api(reading)) return problems;
    for (auto const& route : reading.config.routes)
        if (auto const owner = find_owner(route.prefix, reading.config.has_ui()); !owner.empty())
            problems.push_back("route " + quote(route.prefix) + ": unreachable, because " + std::string{owner} +
                               " uses all of its paths: set gateway.listen, or choose another prefix");
    return problems;
}

}  // namespace warder::app
