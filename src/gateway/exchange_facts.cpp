// SPDX-License-Identifier: MIT
// Facts about an exchange's request that its parts need.
#include "auth/client_address.hpp"
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

UrlMap Exchange::make_url_map() const noexcept {
    return {
        routes_->table(), route(), {.proto = forwarding_.proto, .host = auth::public_host(forwarding_.request, forwarding_.is_from_trusted_proxy)}};
}

ConnectionUser Exchange::connection_user() const noexcept {
    return {.user = admitted_->user, .token_id = admitted_->token_id, .address = forwarding_.client_address};
}

/// Returns how shared caches in front of Warder see the request's token. A request has only one credential, so without
/// `Authorization` the token is in another header.
TokenVisibility Exchange::token_visibility() const noexcept {
    if (admitted_->token().empty()) return TokenVisibility::kNoToken;
    bool const is_passed = route().credential.kind == UpstreamCredentialSource::Kind::kPass;
    bool const is_recognized = !is_passed && forwarding_.request.find("authorization").count > 0;
    return is_recognized ? TokenVisibility::kAuthorization : TokenVisibility::kHidden;
}

/// Checks that the `Destination` header, if there is one, can be translated: the upstream knows neither the gateway's host
/// nor the prefix. A destination outside the route is denied, since an upstream that only looks at the path would take it
/// for another resource.
/// @return the response that denies the request; nullopt if it may be forwarded.
Exchange::Rejection Exchange::check_destination() const {
    auto const found = forwarding_.request.find("destination");
    if (found.count == 0) return std::nullopt;
    if (found.count > 1) return auth::error_response(400, "bad_request", "The request has more than one Destination header; it may have only one.");
    std::string destination;
    auto const translated = urls_->append_upstream_destination(destination, found.value);
    return translated ? std::nullopt : Rejection{describe(translated.error())};
}

/// Returns whether `prepare_body` has something to do: read a body, deny a JSON-RPC request that has none, or forward
/// `Content-Length: 0`.
bool Exchange::needs_body() const noexcept {
    return has_body(forwarding_.facts) || forwarding_.facts.content_length || is_authorized_by_body(route(), forwarding_.request);
}

}  // namespace warder::gateway
