// SPDX-License-Identifier: MIT
#pragma once

#include "auth/client_address.hpp"
#include "auth/request_context.hpp"
#include "gateway/routes/routed_path.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"
#include "net/client_connection.hpp"
#include "net/task.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string_view>

namespace warder::metrics {
class Section;
}

namespace warder::gateway {

class RouteSet;

/// A request that is to be forwarded. Everything it refers to must outlive the forwarding.
struct Forwarding {
    net::ClientConnection& connection;
    http::Request const& request;  ///< Only the head; a body has not been read yet.
    http::HeadFacts const& facts;
    auth::AddressBytes client_address{};
    std::string_view proto;  ///< "http" or "https": how the client connected to Warder or to the first trusted proxy.
    bool is_from_trusted_proxy = false;
    bool may_keep_alive = true;  ///< Whether the client's connection may stay open afterwards.

    [[nodiscard]] bool has_body() const noexcept { return facts.is_chunked || facts.content_length.value_or(0) > 0; }
};

/// The routes at the time of a request, and its path with the route that covers it.
struct ProxyRoute {
    std::shared_ptr<RouteSet const> routes;
    RoutedPath path;  ///< Routed by the table of `routes`.

    /// Returns whether the gateway handles the request: a route covers its path, or there are routes and the path is
    /// ambiguous.
    [[nodiscard]] bool is_proxied() const noexcept {
        if (path.route() != nullptr) return true;
        // If there are routes, the gateway also rejects paths that are not canonical and those that only some routes accept.
        bool const is_ambiguous = path.path() ? path.path()->has_encoded_slash() : path.path().error() != PathError::kNoSlash;
        return is_ambiguous && !path.routes().routes().empty();
    }
};

/// The gateway as one worker sees it. Use it only on that worker's thread.
class Proxy {
  public:
    virtual ~Proxy() = default;

    /// Finds the route of a path.
    /// @param path  the raw path of a target; not retained.
    [[nodiscard]] virtual ProxyRoute resolve(std::string_view path) = 0;
    /// Forwards a request and responds through the connection's `out()` or directly. Never throws.
    /// @param route  from `resolve`. @return whether the connection can take another request.
    virtual net::Task<bool> forward(ProxyRoute route, auth::RequestContext context, Forwarding forwarding) = 0;

    /// Enforces timeouts and re-authorizes streams in flight. Called a few times a second.
    virtual void sweep(std::chrono::steady_clock::time_point now) = 0;
    /// Closes all connections, idle or not.
    virtual void close_all() = 0;
};

/// Creates a proxy for each worker. Must outlive the server.
class ProxyFactory {
  public:
    virtual ~ProxyFactory() = default;
    [[nodiscard]] virtual std::unique_ptr<Proxy> make(boost::asio::io_context& context, auth::Services const& services) = 0;
    /// Returns what was counted of upstreams, by the current routes. Any thread may call it.
    [[nodiscard]] virtual std::unique_ptr<metrics::Section> metrics() const = 0;
};

}  // namespace warder::gateway
