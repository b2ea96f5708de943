// SPDX-License-Identifier: MIT
#pragma once

#include "auth/client_address.hpp"
#include "auth/request_context.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"
#include "net/client_connection.hpp"
#include "net/task.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string_view>

namespace warder::gateway {

/// A request that is to be forwarded, where it lies. All of it outlives the forwarding.
struct Forwarding {
    net::ClientConnection& link;
    http::Request& request;  ///< Its head alone; the body, if any, has not been read.
    http::HeadFacts const& facts;
    auth::AddressBytes client{};
    std::string_view proto;  ///< "http" or "https", as the client spoke to the first of us.
    bool is_from_trusted_proxy = false;
    bool may_stay = true;  ///< The connection, afterwards.
};

/// Where the path of one request leads, judged once. Outlives the forwarding; its forwarder outlives it.
class ProxyRoute {
  public:
    virtual ~ProxyRoute() = default;

    /// Whether the request is the gateway's: a route covers its path, or there are routes, and which one is meant can't be told.
    [[nodiscard]] virtual bool is_proxied() const noexcept = 0;
    /// Answers the request, in the link's `out()` or beyond it. @return whether the connection may take another one. Never throws.
    virtual net::Task<bool> forward(auth::RequestContext context, Forwarding forwarding) = 0;
};

/// The gateway as a worker sees it: takes the requests that lead to somebody else's server. A worker's; its thread's alone.
class Proxy {
  public:
    virtual ~Proxy() = default;

    /// @param path  of a target, raw, not kept. @return never null.
    [[nodiscard]] virtual std::unique_ptr<ProxyRoute> resolve(std::string_view path) = 0;

    /// A few times a second: timeouts, and whether streams in flight may still go on.
    virtual void sweep(std::chrono::steady_clock::time_point now) = 0;
    /// Ends everything, idle or not.
    virtual void close_all() = 0;
};

/// Makes each worker its forwarder. Outlives the server.
class ProxyFactory {
  public:
    virtual ~ProxyFactory() = default;
    [[nodiscard]] virtual std::unique_ptr<Proxy> make(boost::asio::io_context& context, auth::Services const& services) = 0;
};

}  // namespace warder::gateway
