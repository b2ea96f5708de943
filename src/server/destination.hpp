// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"
#include "gateway/proxy.hpp"
#include "http/request.hpp"

#include <cstdint>
#include <variant>

namespace warder::server {

/// A request to the decision endpoint.
struct DecisionRequest {};

/// A request to the listener of metrics.
struct MetricsRequest {};

/// Which part of the server handles a request, and what it needs to know about the path: the management API with the web UI, the
/// decision endpoint, the gateway, or metrics.
using Destination = std::variant<api::Match, DecisionRequest, gateway::ProxyRoute, MetricsRequest>;

/// What a connection may reach: this follows from the role of its listener, and from whether a gateway shares it.
enum class Service : std::uint8_t { kManagementApi, kGateway, kBoth, kMetrics };

/// Routes a request by its head. Calls to the server itself take precedence over the routes of the gateway.
/// @param proxy  null if there is no gateway; not used for `kManagementApi`.
[[nodiscard]] Destination find_destination(http::Request const& request, Service service, gateway::Proxy* proxy, bool has_ui);

}  // namespace warder::server
