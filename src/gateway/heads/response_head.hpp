// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/heads/cache_privacy.hpp"
#include "http/hop_by_hop.hpp"
#include "http/request.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::gateway {

class UrlMap;

/// The head of an upstream's response, as read. Views; nothing is owned.
struct UpstreamResponse {
    unsigned status = 0;
    std::string_view reason;  ///< May be empty.
    http::HeaderFields fields;
    http::ConnectionOptions const& connection;  ///< From `read_connection` of those fields.
    CacheRule cache = CacheRule::kUnchanged;
    UrlMap const* urls = nullptr;  ///< Null: URLs in the fields stay as they are.
};

/// How the response is put on the client's wire.
struct ResponseFraming {
    enum class Body : std::uint8_t {
        kNone,        ///< No body, and no length of one: 1xx and 204.
        kOnlyLength,  ///< No body, but the upstream's `Content-Length` of the one that there would be: to HEAD, and 304.
        kLength,
        kChunked,
        kUntilClose,  ///< It ends with the connection: HTTP/1.0 knows no chunks.
    } body = Body::kNone;
    std::uint64_t length = 0;  ///< For `kLength`.
    bool keeps_alive = true;
    int minor_version = 1;  ///< The request's.
    bool is_websocket = false;
};

/// What the client's side of a response's framing must know.
struct ClientWire {
    bool is_head = false;
    int minor_version = 1;
    bool keeps_alive = true;  ///< As the client asked, and the request was read to its end.
};

/// Chooses how a body travels (RFC 9112 §6.3).
/// @param length  of the upstream's body, if it said so before sending it.
[[nodiscard]] ResponseFraming frame_response(unsigned status, std::optional<std::uint64_t> length, ClientWire const& wire) noexcept;

/// Appends the head that the client gets, from the status line to the blank line. Hop-by-hop fields, those that the upstream's `Connection` names,
/// and the upstream's framing are dropped, and a `Set-Cookie` of Warder's own cookie: browsers share cookies among the ports of a host, and nobody
/// is to be signed in by an upstream. `Location`, `Content-Location` and `Refresh` are translated. All else stays as it was and where it was, other
/// cookies, `Date` and `Server` included.
/// @param date  what to send as `Date` (RFC 9110 §6.6.1) if the upstream sent none.
void append_client_head(std::string& out, UpstreamResponse const& response, ResponseFraming const& framing, std::string_view date);

}  // namespace warder::gateway
