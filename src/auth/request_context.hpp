// SPDX-License-Identifier: MIT
#pragma once

#include "auth/request_metrics.hpp"
#include "auth/services.hpp"
#include "authority/usage_meter.hpp"
#include "warder/verifier.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace warder::index {
class RateBucket;
}

namespace warder::auth {

/// What was done with a request before its body was read, so that it isn't done twice: its credential was checked, and
/// counted as a sign-in.
struct CheckedHead {
    std::shared_ptr<index::RateBucket> bucket{};  ///< Of the rate limit that the request was taken from; null if none was.
};

/// What handlers need besides the request. It belongs to one worker and its thread.
struct RequestContext {
    Services const& services;
    authority::UsageCounter& usage;
    RequestMetrics& metrics;
    std::chrono::steady_clock::time_point began;  ///< When the handling of the request began.
    std::string_view date;                        ///< Now, as IMF-fixdate (RFC 9110 §5.6.7). Valid as long as the worker, which keeps it current.
    std::chrono::milliseconds idle_timeout{75'000};
    std::size_t max_connections = 10'000;
    bool has_ui = false;
    bool writes_access_log = false;
    bool is_draining = false;
    CheckedHead const* checked_head = nullptr;  ///< Null if the head was not checked before the body was read.
};

}  // namespace warder::auth
