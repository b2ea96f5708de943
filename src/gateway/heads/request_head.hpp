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

/// Where the request came from.
struct ClientFacts {
    std::string_view address;  ///< As `X-Forwarded-For` has it: an IP address alone.
    std::string_view proto;    ///< http or https.
    std::string_view host;     ///< The client's `Host`; empty: it sent none.
};

/// On whose behalf it comes.
struct Identity {
    std::string_view user;
    std::string_view token_id;
    bool is_admin = false;
};

/// What the upstream takes a request for: a whole header, fit for the wire.
struct InjectedHeader {
    std::string_view name;
    std::string_view value;
};

/// How the request's body will be sent.
struct BodyFraming {
    enum class Kind : std::uint8_t { kNone, kLength, kChunked } kind = Kind::kNone;
    std::uint64_t length = 0;  ///< For `kLength`.
};

/// A request on its way to an upstream. Views; nothing is owned.
struct UpstreamRequest {
    http::Request const& request;
    http::ConnectionOptions const& connection;  ///< From `check_connection` of that request.
    RouteSettings const& route;
    ClientFacts client;
    std::optional<Identity> identity;          ///< Not sent where the route's `auth` is `none`.
    std::optional<InjectedHeader> credential;  ///< The client's header of that name is dropped; so is the route's, where there is none to send.
    BodyFraming body;
    bool is_websocket = false;     ///< As `wants_websocket` says.
    UrlMap const* urls = nullptr;  ///< Translates `Destination`, which it must be able to, and `If`. Null: they stay as they are.
};

/// Appends the head that the upstream gets, from the request line to the blank line, in HTTP/1.1.
///
/// Dropped: what is hop-by-hop or named by `Connection`; `Authorization`, unless the route passes it; Warder's cookie; and every name that a server
/// could take for one of `is_dropped_name`, the route's `user_header` or the injected header. What is left stays as it was and where it was. Set:
/// `Host`, the body's framing, `X-Forwarded-*`, `Via`, the credential, and `X-Warder-*` and the `user_header` of the identity. `Destination` and `If`
/// are translated.
/// Allocates nothing but what `out` needs.
void append_upstream_head(std::string& out, UpstreamRequest const& sent);

}  // namespace warder::gateway
