// SPDX-License-Identifier: MIT
#include "gateway/bound_links.hpp"

#include <algorithm>
#include <utility>

namespace warder::gateway {

std::unique_ptr<UpstreamLink> BoundLinks::take(Routes const& routes, RouteSettings const& route, LinkUser const& user) {
    auto const found = std::ranges::find_if(entries_, [&](Entry const& entry) { return entry.routes.get() == &routes && entry.route == &route; });
    if (found == entries_.end()) return nullptr;
    auto entry = std::move(*found);
    entries_.erase(found);
    bool const is_same_user = entry.user == user.user && entry.token_id == user.token_id && entry.address == user.address;
    return is_same_user ? std::move(entry.link) : nullptr;
}

void BoundLinks::put(std::unique_ptr<UpstreamLink> link, std::shared_ptr<Routes const> routes, RouteSettings const& route, LinkUser const& user) {
    // Those of routes that are no longer in force will not be asked for again.
    std::erase_if(entries_, [&](Entry const& entry) { return entry.routes != routes || entry.route == &route; });
    if (entries_.size() == kMax) entries_.erase(entries_.begin());
    link->mark_used();
    entries_.push_back({.routes = std::move(routes),
                        .route = &route,
                        .user = std::string{user.user},
                        .token_id = std::string{user.token_id},
                        .address = user.address,
                        .link = std::move(link)});
}

// Nothing but the gateway attaches anything, and nothing but this.
BoundLinks* find_bound_links(http::ClientLink& client) noexcept { return static_cast<BoundLinks*>(client.attachment().get()); }

BoundLinks& make_bound_links(http::ClientLink& client) {
    if (!client.attachment()) client.attachment() = std::make_unique<BoundLinks>();
    return *find_bound_links(client);
}

}  // namespace warder::gateway
