// SPDX-License-Identifier: MIT
#pragma once

#include "auth/request_metrics.hpp"
#include "auth/services.hpp"
#include "authority/usage_meter.hpp"
#include "warder/verifier.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace warder::auth {

/// What handlers need besides the request. It belongs to one worker and its thread.
struct RequestContext {
    Services const& services;
    authority::UsageCounter& usage;
    RequestMetrics& metrics;
    std::string_view date;  ///< Now, as IMF-fixdate (RFC 9110 §5.6.7). Valid as long as the worker, which keeps it current.
    std::chrono::milliseconds idle_timeout{75'000};
    std::size_t max_connections = 10'000;
    bool has_ui = false;
    bool writes_access_log = false;
    bool is_draining = false;
    bool is_head_checked = false;  ///< The request's credential was checked, and counted as a sign-in, before its body was read.
};

}  // namespace warder::auth
