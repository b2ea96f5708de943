// SPDX-License-Identifier: MIT
#include "gateway/upstream/route_set.hpp"

#include "core/try.hpp"

namespace warder::gateway {

std::expected<std::shared_ptr<RouteSet const>, std::string> RouteSet::make(std::vector<RouteSettings> settings, Clock const& clock,
                                                                           RouteSet const* previous) {
    WARDER_TRY(auto table, RouteTable::make(std::move(settings)));
    std::shared_ptr<RouteSet> routes{new RouteSet{std::move(table)}};
    for (auto const& route : routes->table_.routes()) {
        routes->credentials_.push_back(std::make_unique<UpstreamCredential>(route.credential, clock));
        std::shared_ptr<UpstreamTls const> tls;
        if (route.upstream.is_tls) {
            auto made = UpstreamTls::make(route);
            if (!made) return std::unexpected{"the route " + route.prefix + " can't be used: " + made.error()};
            tls = std::move(*made);
        }
        routes->tls_.push_back(std::move(tls));
        auto counted = previous == nullptr ? nullptr : previous->find_metrics(route.prefix);
        routes->metrics_.push_back(counted ? std::move(counted) : std::make_shared<RouteMetrics>());
    }
    return routes;
}

std::shared_ptr<RouteMetrics> RouteSet::find_metrics(std::string_view prefix) const {
    for (auto const& route : table_.routes())
        if (route.prefix == prefix) return metrics_[table_.index_of(route)];
    return nullptr;
}

}  // namespace warder::gateway
