// SPDX-License-Identifier: MIT
// The check of an exchange's `Destination` header.
#include "auth/errors.hpp"
#include "gateway/exchange.hpp"

#include <string>

namespace warder::gateway {
namespace {

http::Response describe(DestinationError error) {
    switch (error) {
        case DestinationError::kUnreadable:
            return auth::error_response(400, "bad_path",
                                        "The path in the Destination header is invalid; it must follow the same rules as a request path.");
        case DestinationError::kAnotherHost:
            return auth::error_response(403, "forbidden", "The Destination header names another host than the request.");
        case DestinationError::kAnotherRoute:
            break;
    }
    return auth::error_response(403, "forbidden", "The Destination header names a path that is not below the route of the request.");
}

}  // namespace

/// Checks that the `Destination` header, if there is one, can be translated: the upstream knows neither the gateway's host
/// nor the prefix. A destination outside the route is denied, since an upstream that only looks at the path would take it
/// for another resource.
Outcome Exchange::check_destination() const {
    auto const found = state_.forwarding.request.find("destination");
    auto const denied = [](http::Response response) { return std::unexpected{ExchangeEnd{ExchangeEnd::Cause::kDenied, std::move(response)}}; };
    if (found.count == 0) return {};
    if (found.count > 1)
        return denied(auth::error_response(400, "bad_request", "The request has more than one Destination header; it may have only one."));
    std::string destination;
    auto const translated = state_.urls->append_upstream_destination(destination, found.value);
    if (!translated) return denied(describe(translated.error()));
    return {};
}

}  // namespace warder::gateway
