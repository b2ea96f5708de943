// SPDX-License-Identifier: MIT
#pragma once

#include "http/server.hpp"
#include "warder/verifier.hpp"

#include <string_view>

namespace warder::http {

/// What answering needs besides the request. A worker's; its thread's alone.
struct Desk {
    Services const& services;
    ServerSettings const& settings;
    authority::VerifierScratch& scratch;  ///< Used up before the first co_await.
    std::string_view date;                ///< IMF-fixdate (RFC 9110 §5.6.7). Also across a co_await: it then is the date of that time.
    bool writes_access_log = false;
    bool is_draining = false;
};

}  // namespace warder::http
