// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/upstream/route_set.hpp"
#include "gateway/upstream/upstream_connection.hpp"
#include "net/client_connection.hpp"
#include "warder/token.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace warder::gateway {

/// The user of an upstream connection. A proxy in front of Warder may reuse one client connection for several users.
struct ConnectionUser {
    std::string_view user;
    std::string_view token_id;
    IpAddress address{};
};

/// Upstream connections that serve only one client connection, since they may carry its user's identity. Destroyed with
/// the client connection.
class BoundConnections final : public net::ConnectionAttachment {
  public:
    static constexpr std::size_t kMax = 4;  ///< Routes in use over one client connection; the oldest is closed for one more.

    /// Returns the connection kept for this route and user, and closes one left by another user.
    /// @return null if there is none.
    [[nodiscard]] std::unique_ptr<UpstreamConnection> take(RouteSet const& routes, RouteSettings const& route, ConnectionUser const& user);
    void put(std::unique_ptr<UpstreamConnection> connection, std::shared_ptr<RouteSet const> routes, RouteSettings const& route,
             ConnectionUser const& user);

  private:
    struct Entry {
        std::shared_ptr<RouteSet const> routes;
        RouteSettings const* route;
        std::string user;
        std::string token_id;
        IpAddress address;
        std::unique_ptr<UpstreamConnection> connection;
    };
    std::vector<Entry> entries_;
};

/// Returns null if the client connection has none.
[[nodiscard]] BoundConnections* find_bound_connections(net::ClientConnection& client) noexcept;
[[nodiscard]] BoundConnections& make_bound_connections(net::ClientConnection& client);

}  // namespace warder::gateway
