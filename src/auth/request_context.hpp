// SPDX-License-Identifier: MIT
#pragma once

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
    authority::VerifierScratch& scratch;  ///< Must not be used after the first co_await.
    std::string_view date;                ///< IMF-fixdate (RFC 9110 §5.6.7). Stays valid across a co_await, but then shows the current date.
    std::chrono::milliseconds idle_timeout{75'000};
    std::size_t max_connections = 10'000;
    bool has_ui = false;
    bool writes_access_log = false;
    bool is_draining = false;
};

}  // namespace warder::auth
