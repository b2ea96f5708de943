// SPDX-License-Identifier: MIT
#include "gateway/upstream/route_set.hpp"

namespace warder::gateway {

std::expected<std::shared_ptr<RouteSet const>, std::string> RouteSet::make(std::vector<RouteSettings> settings, Clock const& clock) {
    auto table = RouteTable::make(std::move(settings));
    if (!table) return std::unexpected{std::move(table.error())};
    std::shared_ptr<RouteSet> routes{new RouteSet{std::move(*table)}};
    for (auto const& route : routes->table_.routes()) {
        routes->credentials_.push_back(std::make_unique<UpstreamCredential>(route.credential, clock));
        std::shared_ptr<UpstreamTls const> tls;
        if (route.upstream.is_tls) {
            auto made = UpstreamTls::make(route);
            if (!made) return std::unexpected{"the route " + route.prefix + " can't be used: " + made.error()};
            tls = std::move(*made);
        }
        routes->tls_.push_back(std::move(tls));
    }
    return routes;
}

}  // namespace warder::gateway
