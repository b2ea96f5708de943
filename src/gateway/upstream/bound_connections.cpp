// SPDX-License-Identifier: MIT
#include "gateway/upstream/bound_connections.hpp"

#include <algorithm>
#include <utility>

namespace warder::gateway {

std::unique_ptr<UpstreamConnection> BoundConnections::take(RouteSet const& routes, RouteSettings const& route, ConnectionUser const& user) {
    auto const found = std::ranges::find_if(entries_, [&](Entry const& entry) { return entry.routes.get() == &routes && entry.route == &route; });
    if (found == entries_.end()) return nullptr;
    auto entry = std::move(*found);
    entries_.erase(found);
    bool const is_same_user = entry.user == user.user && entry.token_id == user.token_id && entry.address == user.address;
    return is_same_user ? std::move(entry.connection) : nullptr;
}

void BoundConnections::put(std::unique_ptr<UpstreamConnection> connection, std::shared_ptr<RouteSet const> routes, RouteSettings const& route,
                           ConnectionUser const& user) {
    // Connections of routes that have been replaced will not be used again.
    std::erase_if(entries_, [&](Entry const& entry) { return entry.routes != routes || entry.route == &route; });
    if (entries_.size() == kMax) entries_.erase(entries_.begin());
    connection->mark_used();
    entries_.push_back({.routes = std::move(routes),
                        .route = &route,
                        .user = std::string{user.user},
                        .token_id = std::string{user.token_id},
                        .address = user.address,
                        .connection = std::move(connection)});
}

// Only the gateway attaches anything to a connection, and only this class.
BoundConnections* find_bound_connections(net::ClientConnection& client) noexcept { return static_cast<BoundConnections*>(client.attachment().get()); }

BoundConnections& make_bound_connections(net::ClientConnection& client) {
    if (!client.attachment()) client.attachment() = std::make_unique<BoundConnections>();
    return *find_bound_connections(client);
}

}  // namespace warder::gateway
