// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/name_resolver.hpp"
#include "gateway/routes.hpp"
#include "gateway/upstream_failure.hpp"
#include "gateway/upstream_link.hpp"
#include "http/forwarder.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace warder::gateway {

class Exchange;
class Gateway;

/// A worker's share of the gateway: its exchanges in flight and its connections to upstreams. The worker's thread's alone.
class Share final : public http::Forwarder {
  public:
    Share(Gateway& gateway, boost::asio::io_context& context, http::Services const& services);
    ~Share() override;
    Share(Share const&) = delete;
    Share& operator=(Share const&) = delete;

    [[nodiscard]] std::unique_ptr<http::Way> find_way(std::string_view path) override;
    void sweep(std::chrono::steady_clock::time_point now) override;
    void close_all() override;

    // For the ways and their exchanges.
    [[nodiscard]] bool is_closing() const noexcept { return is_closing_; }
    [[nodiscard]] http::Services const& services() const noexcept { return services_; }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return *context_; }
    /// @param routes  those that the exchange began with; a pool lives no longer than they.
    [[nodiscard]] UpstreamPool& pool(std::shared_ptr<Routes const> const& routes, RouteSettings const& route);
    [[nodiscard]] NameResolver& resolver() noexcept;
    [[nodiscard]] std::atomic<std::size_t>& links() noexcept;
    /// Closes what is idle of this worker's connections to upstreams.
    void drop_idle_links() noexcept;
    /// Tells the operator why the route's upstream failed, at most once per cause and minute.
    void report(RouteSettings const& route, UpstreamFailure const& failure) noexcept;
    /// Tells the operator, at most once a minute, that requests can't be forwarded for want of memory.
    void report_exception() noexcept;
    void add(Exchange& exchange);
    void remove(Exchange& exchange);

  private:
    Gateway* gateway_;
    boost::asio::io_context* context_;
    http::Services services_;
    std::vector<Exchange*> exchanges_;
    std::shared_ptr<Routes const> pooled_for_;  ///< Whose routes the pools belong to.
    std::vector<UpstreamPool> pools_;
    UpstreamPool no_pool_;  ///< For exchanges that began with routes of before: nothing is kept.
    bool is_closing_ = false;
    std::chrono::steady_clock::time_point exception_reported_{};
};

}  // namespace warder::gateway
