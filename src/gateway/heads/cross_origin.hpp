// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

namespace warder::gateway {

/// Lets a script of another origin read a response that the gateway gives in an upstream's stead (Fetch §3.2.3): status, body, challenge and
/// `Retry-After`. Not where the script's browser adds credentials of its own, such as cookies: `Access-Control-Allow-Credentials` is not sent.
/// @param request  one without `Origin`, or with several, changes nothing but `Vary`.
void allow_cross_origin_reading(http::Response& response, http::Request const& request);

}  // namespace warder::gateway
