// SPDX-License-Identifier: MIT
#include "gateway/routes.hpp"

namespace warder::gateway {

std::expected<std::shared_ptr<Routes const>, std::string> Routes::make(std::vector<RouteSettings> settings, Clock const& clock) {
    auto table = RouteTable::make(std::move(settings));
    if (!table) return std::unexpected{std::move(table.error())};
    std::shared_ptr<Routes> routes{new Routes{std::move(*table)}};
    for (auto const& route : routes->table_.routes()) {
        routes->credentials_.push_back(std::make_unique<Credential>(route.credential, clock));
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
