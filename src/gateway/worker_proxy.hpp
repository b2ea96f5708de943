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

/// The gateway of one worker: its exchanges in flight and its connections to upstreams. Only the thread of that worker may use it.
class WorkerProxy final : public Proxy {
  public:
    WorkerProxy(Gateway& gateway, boost::asio::io_context& context, auth::Services const& services);
    ~WorkerProxy() override;
    WorkerProxy(WorkerProxy const&) = delete;
    WorkerProxy& operator=(WorkerProxy const&) = delete;

    [[nodiscard]] std::unique_ptr<ProxyRoute> resolve(std::string_view path) override;
    void sweep(std::chrono::steady_clock::time_point now) override;
    void close_all() override;

    // For the ways and their exchanges.
    [[nodiscard]] bool is_closing() const noexcept { return is_closing_; }
    [[nodiscard]] auth::Services const& services() const noexcept { return services_; }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return *context_; }
    /// @param routes  those that the exchange began with; a pool lives no longer than they.
    [[nodiscard]] UpstreamPool& pool(std::shared_ptr<RouteSet const> const& routes, RouteSettings const& route);
    [[nodiscard]] NameResolver& resolver() noexcept;
    [[nodiscard]] std::atomic<std::size_t>& connections() noexcept;
    /// Closes what is idle of this worker's connections to upstreams.
    void drop_idle_connections() noexcept;
    /// Tells the operator why the route's upstream failed, at most once per cause and minute.
    void report(RouteSettings const& route, UpstreamFailure const& failure) noexcept;
    /// Tells the operator, at most once a minute, that requests can't be forwarded for want of memory.
    void report_exception() noexcept;
    void add(Exchange& exchange);
    void remove(Exchange& exchange);

  private:
    Gateway* gateway_;
    boost::asio::io_context* context_;
    auth::Services services_;
    std::vector<Exchange*> exchanges_;
    std::shared_ptr<RouteSet const> pooled_for_;  ///< Whose routes the pools belong to.
    std::vector<UpstreamPool> pools_;
    UpstreamPool no_pool_;  ///< For exchanges that began with routes of before: nothing is kept.
    bool is_closing_ = false;
    std::chrono::steady_clock::time_point exception_reported_{};
};

}  // namespace warder::gateway
