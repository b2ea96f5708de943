// SPDX-License-Identifier: MIT
#include "gateway/gateway.hpp"

#include "gateway/upstream_metrics.hpp"

namespace warder::gateway {

std::unique_ptr<metrics::Section> Gateway::metrics() const { return std::make_unique<UpstreamMetrics>(routes()); }

}  // namespace warder::gateway
