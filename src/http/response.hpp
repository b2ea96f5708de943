// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace warder::net {
class BodyPieces;
}  // namespace warder::net

namespace warder::http {

struct ResponseHeader {
    std::string_view name;  ///< Must be a string literal.
    std::string value;
};

/// A response before serialization.
struct Response {
    unsigned status = 200;
    std::string body;
    std::vector<ResponseHeader> headers;
    std::string_view content_type = "application/json";  ///< Must be static, as must `cache_control`.
    std::string_view cache_control = "no-store";
    bool ends_connection = false;
    bool is_withheld = false;  ///< The connection is closed instead: it is unknown what the response would have to say.
    /// The rest of the body, after `body`; null if there is none. If set, the length is unknown: the body is sent in
    /// chunks or, in HTTP/1.0, ends when the connection closes.
    std::shared_ptr<net::BodyPieces> rest{};

    void add(std::string_view name, std::string value) { headers.push_back({name, std::move(value)}); }
};

/// How a response is serialized.
struct Framing {
    bool keeps_alive = true;
    int minor_version = 1;  ///< The request's.
    bool is_head = false;   ///< The body's length is sent, but not the body.
    std::string_view date;  ///< IMF-fixdate (RFC 9110 §5.6.7).
};

/// Appends the serialized response to `out`.
void append_response(std::string& out, Response const& response, Framing const& framing);

/// Appends a piece of a body of unknown length.
/// @param is_chunked  use chunked framing; an empty piece is then the last chunk.
void append_piece(std::string& out, std::string_view piece, bool is_chunked);

/// Appends a `Connection` header if the HTTP version's default doesn't already tell the client whether the connection
/// stays open.
void append_connection(std::string& out, Framing const& framing);

[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace warder::http
