// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/proxy.hpp"
#include "gateway/upstream/name_resolver.hpp"
#include "gateway/upstream/route_set.hpp"
#include "gateway/upstream/upstream_connection.hpp"
#include "gateway/upstream/upstream_failure.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace warder::gateway {

class Exchange;
class Gateway;

/// The gateway's state in one worker: exchanges in flight and connections to upstreams. Use it only on that worker's
/// thread.
class WorkerProxy final : public Proxy {
  public:
    WorkerProxy(Gateway& gateway, boost::asio::io_context& context, auth::Services const& services);
    ~WorkerProxy() override;
    WorkerProxy(WorkerProxy const&) = delete;
    WorkerProxy& operator=(WorkerProxy const&) = delete;

    [[nodiscard]] ProxyRoute resolve(std::string_view path) override;
    net::Task<bool> forward(ProxyRoute route, auth::RequestContext context, Forwarding forwarding) override;
    void sweep(std::chrono::steady_clock::time_point now) override;
    void close_all() override;

    // For exchanges.
    [[nodiscard]] bool is_closing() const noexcept { return is_closing_; }
    [[nodiscard]] auth::Services const& services() const noexcept { return services_; }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return *context_; }
    /// Returns the pool of the route's upstream.
    /// @param routes  the routes with which the exchange started.
    [[nodiscard]] UpstreamPool& pool(std::shared_ptr<RouteSet const> const& routes, RouteSettings const& route);
    [[nodiscard]] NameResolver& resolver() noexcept;
    [[nodiscard]] std::atomic<std::size_t>& connections() noexcept;
    /// Closes this worker's idle connections to upstreams.
    void drop_idle_connections() noexcept;
    /// Returns the number of this worker's proxy.
    [[nodiscard]] unsigned number() const noexcept { return number_; }
    /// Counts that the route's upstream failed, and logs why, at most once per cause and minute.
    void report(RouteSet const& routes, RouteSettings const& route, UpstreamFailure const& failure) noexcept;
    /// Logs, at most once a minute, that a request could not be forwarded because memory ran out.
    void report_exception() noexcept;
    void add(Exchange& exchange);
    void remove(Exchange& exchange);

  private:
    Gateway* gateway_;
    unsigned number_;
    boost::asio::io_context* context_;
    auth::Services services_;
    std::vector<Exchange*> exchanges_;
    std::shared_ptr<RouteSet const> pooled_for_;  ///< The routes to which the pools belong.
    std::vector<UpstreamPool> pools_;
    UpstreamPool no_pool_;  ///< For exchanges that started with earlier routes; keeps no connections.
    bool is_closing_ = false;
    std::chrono::steady_clock::time_point exception_reported_{};
};

}  // namespace warder::gateway
