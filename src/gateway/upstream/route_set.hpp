// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route_table.hpp"
#include "gateway/upstream/upstream_credential.hpp"
#include "gateway/upstream/upstream_tls.hpp"

#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace warder {
class Clock;
}

namespace warder::gateway {

/// A table of routes, with the upstream credential and TLS configuration of each. Immutable, except that credentials reread
/// their files. Thread-safe.
class RouteSet {
  public:
    /// @param clock  must outlive the set. @return the set, or a message that says which route can't be used.
    static std::expected<std::shared_ptr<RouteSet const>, std::string> make(std::vector<RouteSettings> settings, Clock const& clock);

    [[nodiscard]] RouteTable const& table() const noexcept { return table_; }
    [[nodiscard]] UpstreamCredential const& credential(RouteSettings const& route) const { return *credentials_[table_.index_of(route)]; }
    /// Returns null if the upstream uses plain HTTP.
    [[nodiscard]] std::shared_ptr<UpstreamTls const> const& tls(RouteSettings const& route) const { return tls_[table_.index_of(route)]; }

  private:
    explicit RouteSet(RouteTable table) : table_{std::move(table)} {}

    RouteTable table_;
    std::vector<std::unique_ptr<UpstreamCredential>> credentials_;
    std::vector<std::shared_ptr<UpstreamTls const>> tls_;
};

}  // namespace warder::gateway
