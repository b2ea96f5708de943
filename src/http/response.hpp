// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

/// Appends the line that tells the client whether the connection stays, where it must be told.
void append_connection(std::string& out, Framing const& framing);

[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace warder::http
