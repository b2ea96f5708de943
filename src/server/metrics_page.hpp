// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

namespace warder::server {

struct Shared;

/// Answers a request to the listener of metrics, which serves `/metrics` alone. Takes time proportional to the number of
/// tokens. What exceeds a first piece, with many routes, is the response's `rest`; it reads `shared` as it is written.
[[nodiscard]] http::Response respond_to_scrape(Shared const& shared, http::Request const& request);

}  // namespace warder::server
