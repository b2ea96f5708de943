// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/proxy.hpp"
#include "gateway/upstream/failure_log.hpp"
#include "gateway/upstream/name_resolver.hpp"
#include "gateway/upstream/route_set.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace warder::gateway {

/// Forwards requests by the current routes and adds the credentials for their upstreams. The routes may be replaced
/// from any thread.
class Gateway final : public ProxyFactory {
  public:
    explicit Gateway(std::shared_ptr<RouteSet const> routes) : routes_{std::move(routes)}, current_{routes_.get()} {}

    [[nodiscard]] std::unique_ptr<Proxy> make(boost::asio::io_context& context, auth::Services const& services) override;
    [[nodiscard]] std::unique_ptr<metrics::Section> metrics() const override;

    [[nodiscard]] std::shared_ptr<RouteSet const> routes() const {
        std::scoped_lock const lock{mutex_};
        return routes_;
    }
    /// Returns whether these routes are still current. They must not have been destroyed, so that no others are at their address.
    [[nodiscard]] bool is_current(RouteSet const& routes) const noexcept { return current_.load(std::memory_order_acquire) == &routes; }
    /// Replaces the routes for new requests; requests in flight keep theirs.
    void replace(std::shared_ptr<RouteSet const> routes) {
        failures_.keep_only(routes->table());
        std::scoped_lock const lock{mutex_};
        routes_ = std::move(routes);
        current_.store(routes_.get(), std::memory_order_release);
    }

    /// Returns the log of upstream failures, for the operator.
    [[nodiscard]] FailureLog& failures() noexcept { return failures_; }
    /// Returns a number for a new worker's proxy: 0, 1, ….
    [[nodiscard]] unsigned number_proxy() noexcept { return proxies_.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] NameResolver& resolver() noexcept { return resolver_; }
    /// Returns the number of open connections to upstreams, including idle ones.
    [[nodiscard]] std::atomic<std::size_t>& connections() noexcept { return connections_; }

  private:
    FailureLog failures_;
    NameResolver resolver_;
    std::atomic<std::size_t> connections_{0};
    std::atomic<unsigned> proxies_{0};
    mutable std::mutex mutex_;
    std::shared_ptr<RouteSet const> routes_;
    std::atomic<RouteSet const*> current_;
};

}  // namespace warder::gateway
