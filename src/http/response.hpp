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
    std::string_view name;  ///< Ours, a literal.
    std::string value;
};

/// An answer before it is bytes.
struct Response {
    unsigned status = 200;
    std::string body;
    std::vector<ResponseHeader> headers;
    std::string_view content_type = "application/json";  ///< A literal, or as good as one; so below.
    std::string_view cache_control = "no-store";
    bool ends_connection = false;
    /// What follows `body`. Null: nothing. Else the length is not known: the body comes in chunks or, in HTTP/1.0, ends with the connection.
    std::shared_ptr<net::BodyPieces> rest{};

    void add(std::string_view name, std::string value) { headers.push_back({name, std::move(value)}); }
};

/// How a response is put on the wire.
struct Framing {
    bool keeps_alive = true;
    int minor_version = 1;  ///< The request's.
    bool is_head = false;   ///< The body is counted, not sent.
    std::string_view date;  ///< IMF-fixdate (RFC 9110 §5.6.7).
};

/// Appends the whole response to `out`.
void append_response(std::string& out, Response const& response, Framing const& framing);

/// Appends a piece of a body of unknown length. @param is_chunked  as a chunk; the empty one is the last.
void append_piece(std::string& out, std::string_view piece, bool is_chunked);

/// Appends the line that tells the client whether the connection stays, where it must be told.
void append_connection(std::string& out, Framing const& framing);

[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace warder::http
