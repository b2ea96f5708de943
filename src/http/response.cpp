// SPDX-License-Identifier: MIT
#include "http/response.hpp"

#include <array>
#include <charconv>

namespace warder::http {
namespace {

using namespace std::string_view_literals;

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

}  // namespace

std::string_view reason_phrase(unsigned status) noexcept {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 421:
            return "Misdirected Request";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 507:
            return "Insufficient Storage";
        case 508:
            return "Loop Detected";
        default:
            return "Unknown";
    }
}

void append_connection(std::string& out, Framing const& framing) {
    if (!framing.keeps_alive) out += "Connection: close\r\n"sv;
    else if (framing.minor_version == 0) out += "Connection: keep-alive\r\n"sv;
}

void append_response(std::string& out, Response const& response, Framing const& framing) {
    if (response.status == 200) {
        out += "HTTP/1.1 200 OK\r\n"sv;
    } else {
        out += "HTTP/1.1 "sv;
        append_number(out, response.status);
        out += ' ';
        out += reason_phrase(response.status);
        out += "\r\n"sv;
    }
    out += "Date: "sv;
    out += framing.date;
    if (response.status != 204 && response.status != 304) {
        out += "\r\nContent-Type: "sv;
        out += response.content_type;
        if (!response.rest) {
            out += "\r\nContent-Length: "sv;
            append_number(out, response.body.size());
        } else if (framing.minor_version > 0) {
            out += "\r\nTransfer-Encoding: chunked"sv;
        }
    }
    out += "\r\nCache-Control: "sv;
    out += response.cache_control;
    out += "\r\nX-Content-Type-Options: nosniff\r\n"sv;
    for (auto const& header : response.headers) {
        out += header.name;
        out += ": "sv;
        out += header.value;
        out += "\r\n"sv;
    }
    append_connection(out, framing);
    out += "\r\n"sv;
    if (framing.is_head || response.status == 204 || response.status == 304) return;
    if (response.rest) append_piece(out, response.body, framing.minor_version > 0);
    else out += response.body;
}

void append_piece(std::string& out, std::string_view piece, bool is_chunked) {
    if (!is_chunked) {
        out += piece;
        return;
    }
    std::array<char, 16> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
    out.append(digits.data(), end).append("\r\n").append(piece).append("\r\n");
}

}  // namespace warder::http
