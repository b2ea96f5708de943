// SPDX-License-Identifier: MIT
#include "gateway/heads/client_head.hpp"

#include "gateway/heads/own_cookie.hpp"
#include "gateway/routes/url_map.hpp"
#include "http/head_text.hpp"
#include "http/text.hpp"

namespace warder::gateway {
namespace {

using Body = ResponseFraming::Body;

constexpr unsigned kNoContent = 204;
constexpr unsigned kNotModified = 304;

constexpr bool is_interim(unsigned status) noexcept { return status < 200; }

/// Appends a field with its URL translated.
/// @return false if the field has no URL or points elsewhere; nothing was appended.
bool append_translated(std::string& out, UrlMap const& urls, http::HeaderField const& field) {
    bool const is_refresh = field.name.size() == 7 && http::equal_ignoring_case(field.name, "refresh");
    bool const is_location = (field.name.size() == 8 && http::equal_ignoring_case(field.name, "location")) ||
                             (field.name.size() == 16 && http::equal_ignoring_case(field.name, "content-location"));
    if (!is_refresh && !is_location) return false;
    auto const before = out.size();
    out.append(field.name).append(": ");
    if (!(is_refresh ? urls.append_client_refresh(out, field.value) : urls.append_client_url(out, field.value))) {
        out.resize(before);
        return false;
    }
    out += "\r\n";
    return true;
}

/// Returns whether the cache rule removes a field.
bool is_dropped_for_caches(CacheRule rule, std::string_view name) noexcept {
    if (rule == CacheRule::kUnchanged) return false;
    return is_targeted_cache_field(name) || (rule == CacheRule::kMadePrivate && is_cache_control(name));
}

void append_cache_rule(std::string& out, UpstreamResponse const& response) {
    if (response.cache == CacheRule::kMadePrivate) append_private_cache_control(out, response.fields);
    else if (response.cache == CacheRule::kKeptFromNginx) http::append_field(out, "X-Accel-Expires", "0");
}

/// Which fields were among the upstream's.
struct Seen {
    bool has_length = false;
    bool has_date = false;
};

Seen append_upstreams_fields(std::string& out, UpstreamResponse const& response, Body body) {
    Seen seen;
    for (auto const& [name, value] : response.fields) {
        if (http::is_hop_by_hop(name) || response.connection.names_field(name) || is_dropped_for_caches(response.cache, name)) continue;
        if (http::is_same_name(name, "set-cookie") && is_own_cookie(value)) continue;
        if (http::is_same_name(name, "content-length")) {
            if (body != Body::kOnlyLength || seen.has_length) continue;
            seen.has_length = true;
        }
        seen.has_date = seen.has_date || http::equal_ignoring_case(name, "date");
        if (response.urls == nullptr || !append_translated(out, *response.urls, {name, value})) http::append_field(out, name, value);
    }
    append_cache_rule(out, response);
    return seen;
}

void append_framing(std::string& out, ResponseFraming const& framing) {
    if (framing.body == Body::kLength) http::append_content_length(out, framing.length);
    if (framing.body == Body::kChunked) out += "Transfer-Encoding: chunked\r\n";
}

void append_connection(std::string& out, ResponseFraming const& framing) {
    if (framing.is_websocket) {
        out += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    } else if (!framing.keeps_alive || framing.body == Body::kUntilClose) {
        out += "Connection: close\r\n";
    } else if (framing.minor_version == 0) {
        out += "Connection: keep-alive\r\n";
    }
}

}  // namespace

ResponseFraming frame_response(unsigned status, std::optional<std::uint64_t> length, ClientWire const& wire) noexcept {
    ResponseFraming framing{.length = length.value_or(0), .keeps_alive = wire.keeps_alive, .minor_version = wire.minor_version};
    if (is_interim(status) || status == kNoContent) {
        framing.body = Body::kNone;
    } else if (wire.is_head || status == kNotModified) {
        framing.body = Body::kOnlyLength;
    } else if (length) {
        framing.body = Body::kLength;
    } else if (wire.minor_version > 0) {
        framing.body = Body::kChunked;
    } else {
        framing.body = Body::kUntilClose;
        framing.keeps_alive = false;
    }
    return framing;
}

void append_client_head(std::string& out, UpstreamResponse const& response, ResponseFraming const& framing, std::string_view date) {
    out += "HTTP/1.1 ";
    http::append_number(out, response.status);
    out.append(" ").append(response.reason).append("\r\n");
    auto const seen = append_upstreams_fields(out, response, framing.body);
    append_framing(out, framing);
    if (!is_interim(response.status) && !seen.has_date) http::append_field(out, "Date", date);
    if (!is_interim(response.status) || framing.is_websocket) append_connection(out, framing);
    out += "\r\n";
}

}  // namespace warder::gateway
