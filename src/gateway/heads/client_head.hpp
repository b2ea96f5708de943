// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/heads/cache_privacy.hpp"
#include "http/hop_by_hop.hpp"
#include "http/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warder::gateway {

class UrlMap;

/// The parsed head of an upstream's response. Non-owning.
struct UpstreamResponse {
    unsigned status = 0;
    std::string_view reason;  ///< May be empty.
    http::HeaderFields fields;
    http::ConnectionOptions const& connection;  ///< From `read_connection` of those fields.
    CacheRule cache = CacheRule::kUnchanged;
    UrlMap const* urls = nullptr;  ///< Null: URLs in the fields stay unchanged.
};

/// The framing of the response to the client.
struct ResponseFraming {
    enum class Body : std::uint8_t {
        kNone,        ///< No body and no length: 1xx and 204.
        kOnlyLength,  ///< No body, but the upstream's `Content-Length`: responses to HEAD, and 304.
        kLength,
        kChunked,
        kUntilClose,  ///< The body ends with the connection, because HTTP/1.0 has no chunks.
    } body = Body::kNone;
    std::uint64_t length = 0;  ///< For `kLength`.
    bool keeps_alive = true;
    int minor_version = 1;  ///< The request's.
    bool is_websocket = false;
};

/// What determines the framing of the response to the client.
struct ClientWire {
    bool is_head = false;
    int minor_version = 1;
    bool keeps_alive = true;  ///< The client allows it, and the request was read completely.
};

/// Chooses the framing of the body (RFC 9112 §6.3).
/// @param length  of the upstream's body, if known in advance.
[[nodiscard]] ResponseFraming frame_response(unsigned status, std::optional<std::uint64_t> length, ClientWire const& wire) noexcept;

/// Appends the head for the client, from the status line to the blank line.
///
/// Drops hop-by-hop fields, those that the upstream's `Connection` names, the upstream's framing, and a `Set-Cookie` of
/// Warder's own cookie: browsers share cookies among the ports of a host, and an upstream must not be able to sign a user
/// in. Applies the cache rule. Translates `Location`, `Content-Location` and `Refresh`. All other fields, including other
/// cookies, `Date` and `Server`, keep their content and order.
/// @param date  what to send as `Date` (RFC 9110 §6.6.1) if the upstream sent none.
void append_client_head(std::string& out, UpstreamResponse const& response, ResponseFraming const& framing, std::string_view date);

}  // namespace warder::gateway
