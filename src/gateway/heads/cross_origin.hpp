// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

namespace warder::gateway {

/// Lets scripts of another origin read a response that the gateway sends instead of an upstream's (Fetch §3.2.3):
/// status, body, challenge and `Retry-After`. `Access-Control-Allow-Credentials` is not sent, so this excludes requests
/// with the browser's own credentials, such as cookies.
/// @param request  without exactly one `Origin`, only `Vary` changes.
void allow_cross_origin_reading(http::Response& response, http::Request const& request);

}  // namespace warder::gateway
