// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/failure_log.hpp"
#include "gateway/name_resolver.hpp"
#include "gateway/routes.hpp"
#include "http/forwarder.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace warder::gateway {

/// Forwards requests by the routes in force, and injects what opens their upstreams. Any thread may replace the routes.
class Gateway final : public http::ForwarderMaker {
  public:
    explicit Gateway(std::shared_ptr<Routes const> routes) : routes_{std::move(routes)}, current_{routes_.get()} {}

    [[nodiscard]] std::unique_ptr<http::Forwarder> make(boost::asio::io_context& context, http::Services const& services) override;

    [[nodiscard]] std::shared_ptr<Routes const> routes() const {
        std::scoped_lock const lock{mutex_};
        return routes_;
    }
    /// Whether these, which the caller holds, are still the ones in force.
    [[nodiscard]] bool is_current(Routes const& routes) const noexcept { return current_.load(std::memory_order_acquire) == &routes; }
    /// For requests from now on; those in flight end by the routes that they began with.
    void replace(std::shared_ptr<Routes const> routes) {
        failures_.keep_only(routes->table());
        std::scoped_lock const lock{mutex_};
        routes_ = std::move(routes);
        current_.store(routes_.get(), std::memory_order_release);
    }

    /// Why upstreams fail, for the operator.
    [[nodiscard]] FailureLog& failures() noexcept { return failures_; }
    [[nodiscard]] NameResolver& resolver() noexcept { return resolver_; }
    /// Open connections to upstreams, idle ones included.
    [[nodiscard]] std::atomic<std::size_t>& links() noexcept { return links_; }

  private:
    FailureLog failures_;
    NameResolver resolver_;
    std::atomic<std::size_t> links_{0};
    mutable std::mutex mutex_;
    std::shared_ptr<Routes const> routes_;
    std::atomic<Routes const*> current_;
};

}  // namespace warder::gateway
