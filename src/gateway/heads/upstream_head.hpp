// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"
#include "http/hop_by_hop.hpp"
#include "http/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warder::gateway {

class UrlMap;

/// The client, as the forwarding headers describe it.
struct ClientFacts {
    std::string_view address;  ///< As in `X-Forwarded-For`: only an IP address.
    std::string_view proto;    ///< http or https.
    std::string_view host;     ///< The client's `Host`; empty if it sent none.
};

/// The authenticated user and token of a request.
struct Identity {
    std::string_view user;
    std::string_view token_id;
    bool is_admin = false;
};

/// The header with the upstream credential, ready to send.
struct InjectedHeader {
    std::string_view name;
    std::string_view value;
};

/// The framing of the forwarded request's body.
struct BodyFraming {
    enum class Kind : std::uint8_t { kNone, kLength, kChunked } kind = Kind::kNone;
    std::uint64_t length = 0;  ///< For `kLength`.
};

/// A request to be forwarded. Non-owning.
struct UpstreamRequest {
    http::Request const& request;
    http::ConnectionOptions const& connection;  ///< From `check_connection` of that request.
    RouteSettings const& route;
    ClientFacts client;
    std::optional<Identity> identity;          ///< Not sent if the route's `auth` is `none`.
    std::optional<InjectedHeader> credential;  ///< The client's header of that name is dropped, even if the route has no value to send.
    BodyFraming body;
    bool is_websocket = false;     ///< The result of `wants_websocket`.
    UrlMap const* urls = nullptr;  ///< Translates `Destination`, which must be translatable, and `If`. Null: they stay unchanged.
};

/// Appends the head for the upstream, from the request line to the blank line, in HTTP/1.1.
///
/// Drops hop-by-hop headers and those that `Connection` names; `Authorization`, unless the route passes it; Warder's
/// cookie; and every name that a server could take for one of `is_dropped_name`, the route's `user_header` and
/// `token_header` or the injected header. Sets `Host`, the framing of the body, `X-Forwarded-*`, `Via`, the credential and, for an identity,
/// `X-Warder-*` and the `user_header`. Translates `Destination` and `If`. All other headers keep their content and order.
///
/// Allocates only for `out`.
void append_upstream_head(std::string& out, UpstreamRequest const& sent);

}  // namespace warder::gateway
