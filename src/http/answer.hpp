// SPDX-License-Identifier: MIT
#pragma once

#include "authority/throttle.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/server.hpp"
#include "http/task.hpp"
#include "warder/verifier.hpp"

namespace warder::http {

/// What answering needs besides the request.
struct Desk {
    Services const& services;
    authority::VerifierScratch& scratch;  ///< The thread's: used up before the first co_await.
    bool writes_access_log = false;
    bool is_draining = false;
};

/// Answers a whole request: routes it, proves the caller, checks the query, calls the handler. Never throws.
Task<Response> answer(Desk desk, Request const& request, authority::ClientAddress address);

}  // namespace warder::http
