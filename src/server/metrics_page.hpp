// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <string>

namespace warder::server {

struct Shared;

/// Returns all metrics as Prometheus reads them. Takes time proportional to the number of tokens.
[[nodiscard]] std::string write_metrics(Shared const& shared);

/// Answers a request to the listener of metrics, which serves `/metrics` alone.
[[nodiscard]] http::Response respond_to_scrape(Shared const& shared, http::Request const& request);

}  // namespace warder::server
