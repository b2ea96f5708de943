// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/upstream/route_set.hpp"
#include "metrics/count_snapshot.hpp"
#include "metrics/exposition.hpp"
#include "metrics/section.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace warder::gateway {

/// The families `warder_upstream_…` of a set of routes, about 6 KB for each route.
class UpstreamMetrics final : public metrics::Section {
  public:
    explicit UpstreamMetrics(std::shared_ptr<RouteSet const> routes);

    /// Reads the counts of a family before its first sample is written.
    bool append(metrics::Exposition& out, std::size_t size) override;

  private:
    enum class Family : std::uint8_t { kAnswers, kDurations, kFailures, kEnd };

    void begin(metrics::Exposition& out);
    void add_next(metrics::Exposition& out);
    [[nodiscard]] std::size_t series_of_route() const noexcept;

    std::shared_ptr<RouteSet const> routes_;  ///< They stay when they are replaced for new requests.
    Family family_ = Family::kAnswers;
    std::size_t written_ = 0;  ///< How many series of the family were written, for all routes.
    metrics::CountSnapshot counts_;
};

}  // namespace warder::gateway
