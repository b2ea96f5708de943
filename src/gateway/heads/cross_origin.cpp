// SPDX-License-Identifier: MIT
#include "gateway/heads/cross_origin.hpp"

#include <string>

namespace warder::gateway {

void allow_cross_origin_reading(http::Response& response, http::Request const& request) {
    response.add("Vary", "Origin");
    auto const origin = request.find("origin");
    if (origin.count != 1 || origin.value.empty()) return;
    response.add("Access-Control-Allow-Origin", std::string{origin.value});
    response.add("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After");
}

}  // namespace warder::gateway
