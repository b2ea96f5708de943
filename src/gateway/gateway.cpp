// SPDX-License-Identifier: MIT
#include "gateway/gateway.hpp"

#include "metrics/exposition.hpp"

#include <cstddef>

namespace warder::gateway {

void Gateway::append_metrics(metrics::Exposition& out) const {
    using metrics::Type;
    auto const current = routes();
    auto const& all = current->table().routes();
    out.begin("warder_upstream_requests_total", Type::kCounter, "Answers of upstreams, by route and status code.");
    for (auto const& route : all)
        for (std::size_t slot = 0; slot < metrics::kStatusSlots; ++slot)
            out.add({{"route", route.prefix}, {"code", metrics::status_label(slot)}}, current->metrics(route).answers(slot));
    out.begin("warder_upstream_duration_seconds", Type::kHistogram, "Time until the head of an upstream's answer, with connecting.");
    for (auto const& route : all) out.add({{"route", route.prefix}}, current->metrics(route).durations());
    out.begin("warder_upstream_errors_total", Type::kCounter, "Requests that an upstream failed to answer, by route and kind.");
    for (auto const& route : all)
        for (std::size_t kind = 0; kind < RouteMetrics::kKinds; ++kind)
            out.add({{"route", route.prefix}, {"kind", code(static_cast<FailureKind>(kind))}}, current->metrics(route).failures(kind));
}

}  // namespace warder::gateway
