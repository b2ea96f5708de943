// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route_table.hpp"
#include "gateway/upstream/upstream_failure.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace warder::log {
class Logger;
}

namespace warder::gateway {

/// Logs why upstreams fail: `event=upstream_failed` with `route`, `kind` and `reason`, at most one line per cause,
/// route and minute. `suppressed=N` counts the lines omitted since the previous one. Thread-safe.
class FailureLog {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::minutes kPeriod{1};

    /// @param route  the route's prefix.
    void report(log::Logger& log, std::string_view route, UpstreamFailure const& failure, Time now) noexcept;
    /// Forgets routes that no longer exist, so that the configuration bounds the state.
    void keep_only(RouteTable const& routes);

  private:
    struct Slot {
        Time next = Time::min();  ///< When the next line may be written.
        std::int64_t suppressed = 0;
    };
    using Slots = std::array<Slot, kFailureCauses>;

    [[nodiscard]] bool is_due(std::string_view route, FailureCause cause, Time now, std::int64_t& suppressed);

    std::mutex mutex_;
    std::map<std::string, Slots, std::less<>> routes_;
};

}  // namespace warder::gateway
