// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route_table.hpp"
#include "gateway/upstream/route_metrics.hpp"
#include "gateway/upstream/upstream_credential.hpp"
#include "gateway/upstream/upstream_tls.hpp"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder {
class Clock;
}

namespace warder::gateway {

/// A table of routes, with the upstream credential and TLS configuration of each. Immutable, except that credentials reread
/// their files and metrics count. Thread-safe.
class RouteSet {
  public:
    /// @param clock  must outlive the set. @param previous  the routes that these replace, whose counts continue; null: none. @return the set, or a
    /// message that says which route can't be used.
    static std::expected<std::shared_ptr<RouteSet const>, std::string> make(std::vector<RouteSettings> settings, Clock const& clock,
                                                                            RouteSet const* previous = nullptr);

    [[nodiscard]] RouteTable const& table() const noexcept { return table_; }
    [[nodiscard]] UpstreamCredential const& credential(RouteSettings const& route) const { return *credentials_[table_.index_of(route)]; }
    /// Returns null if the upstream uses plain HTTP.
    [[nodiscard]] std::shared_ptr<UpstreamTls const> const& tls(RouteSettings const& route) const { return tls_[table_.index_of(route)]; }

    /// Returns what is counted of the route's upstream.
    [[nodiscard]] RouteMetrics& metrics(RouteSettings const& route) const { return *metrics_[table_.index_of(route)]; }

  private:
    [[nodiscard]] std::shared_ptr<RouteMetrics> find_metrics(std::string_view prefix) const;

    explicit RouteSet(RouteTable table) : table_{std::move(table)} {}

    RouteTable table_;
    std::vector<std::unique_ptr<UpstreamCredential>> credentials_;
    std::vector<std::shared_ptr<UpstreamTls const>> tls_;
    std::vector<std::shared_ptr<RouteMetrics>> metrics_;
};

}  // namespace warder::gateway
