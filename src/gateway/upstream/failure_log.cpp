// SPDX-License-Identifier: MIT
#include "gateway/upstream/failure_log.hpp"

#include "log/log.hpp"

#include <algorithm>
#include <utility>

namespace warder::gateway {

bool FailureLog::is_due(std::string_view route, FailureCause cause, Time now, std::int64_t& suppressed) {
    std::scoped_lock const lock{mutex_};
    auto found = routes_.find(route);
    if (found == routes_.end()) found = routes_.emplace(std::string{route}, Slots{}).first;
    auto& slot = found->second[static_cast<std::size_t>(cause)];
    if (now < slot.next) {
        ++slot.suppressed;
        return false;
    }
    slot.next = now + kPeriod;
    suppressed = std::exchange(slot.suppressed, 0);
    return true;
}

void FailureLog::report(log::Logger& log, std::string_view route, UpstreamFailure const& failure, Time now) noexcept try {
    std::int64_t suppressed = 0;
    if (!is_due(route, failure.cause, now, suppressed)) return;
    auto const kind = code(kind_of(failure.cause));
    auto const reason = std::string_view{failure.reason};
    if (suppressed == 0) log.warning("upstream_failed", {{"route", route}, {"kind", kind}, {"reason", reason}});
    else log.warning("upstream_failed", {{"route", route}, {"kind", kind}, {"reason", reason}, {"suppressed", suppressed}});
} catch (...) {  // NOLINT(bugprone-empty-catch): without memory this line is lost
}

void FailureLog::keep_only(RouteTable const& routes) {
    std::scoped_lock const lock{mutex_};
    std::erase_if(
        routes_, [&](auto const& entry) { return std::ranges::find(routes.routes(), entry.first, &RouteSettings::prefix) == routes.routes().end(); });
}

}  // namespace warder::gateway
