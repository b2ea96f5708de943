// SPDX-License-Identifier: MIT
#include "server/destination.hpp"

#include "api/routes.hpp"
#include "server/decision.hpp"

#include <string_view>

namespace warder::server {
namespace {

/// Returns whether a path becomes one of the server's own after its escapes are decoded: an upstream must never receive it.
bool is_own_if_decoded(http::Request const& request, gateway::RoutedPath const& routed, bool has_ui) {
    auto const& canonical = routed.path();
    if (!canonical || canonical->has_encoded_slash() || request.path.find('%') == std::string_view::npos) return false;
    auto const text = canonical->text();
    return is_decision_path(text) || api::find_call(request.method, text, has_ui).kind != api::Match::Kind::kNotFound;
}

}  // namespace

Destination find_destination(http::Request const& request, Service service, gateway::Proxy* proxy, bool has_ui) {
    if (service == Service::kMetrics) return MetricsRequest{};
    if (service == Service::kGateway) return proxy->resolve(request.path);
    if (is_decision_path(request.path) && request.method != "CONNECT") return DecisionRequest{};
    auto found = api::find_call(request.method, request.path, has_ui);
    if (service == Service::kManagementApi || found.kind != api::Match::Kind::kNotFound) return found;
    auto route = proxy->resolve(request.path);
    if (!route.is_proxied() || is_own_if_decoded(request, route.path, has_ui)) return found;
    return route;
}

}  // namespace warder::server
