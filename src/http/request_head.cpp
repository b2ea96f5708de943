// SPDX-License-Identifier: MIT
#include "http/request_head.hpp"

#include "core/text/simd.hpp"
#include "core/try.hpp"
#include "http/request.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace warder::http {
namespace {

using Result = std::expected<void, HeadError>;

constexpr std::unexpected<HeadError> bad(std::string_view message) { return std::unexpected{HeadError{400, "bad_request", message}}; }

/// The fields that determine message framing; collected line by line and checked together.
struct Seen {
    std::optional<std::string_view> host;
    std::optional<std::string_view> content_length;
    std::size_t codings = 0;
    bool has_transfer_encoding = false;
    bool last_is_chunked = false;
    bool has_chunked_before_last = false;
    bool has_close = false;
    bool has_keep_alive = false;
    bool expects_continue = false;
};

struct RequestLine {
    std::string_view method;
    std::string_view target;
    int minor_version;
};

bool is_target(std::string_view text) noexcept {
    return core::all_bytes(text, '/', [](core::SimdBytes bytes) { return core::in_range(bytes, '!', '~') & ~core::equal(bytes, '#'); });
}

std::expected<RequestLine, HeadError> read_request_line(std::string_view line) noexcept {
    auto const first = line.find(' ');
    if (first == std::string_view::npos || first == 0) return bad("The request line is invalid: it must be method, space, target, space, version.");
    auto const second = line.find(' ', first + 1);
    if (second == std::string_view::npos || second == first + 1)
        return bad("The request line is invalid: it must be method, space, target, space, version.");
    RequestLine const read{line.substr(0, first), line.substr(first + 1, second - first - 1), line.ends_with('0') ? 0 : 1};
    auto const version = line.substr(second + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad("Unsupported HTTP version: only HTTP/1.1 and HTTP/1.0 are supported.");
    if (!is_token(read.method)) return bad("The method contains a character that is not allowed in a method.");
    if (!is_target(read.target)) return bad("The request target contains a character that must be percent-encoded.");
    return read;
}

/// Returns the host and port of an absolute-form target; nullopt for any other form.
std::optional<std::string_view> authority_of(std::string_view target) noexcept {
    auto const parts = split_absolute(target);
    return parts ? std::optional{parts->authority} : std::nullopt;
}

/// Checks the form of the target: origin-form, absolute-form, or one of the two forms that are reserved for one method
/// each (RFC 9112 §3.2).
Result validate_target(RequestLine const& line) noexcept {
    if (line.method == "CONNECT") return {};  // gets 405 in any form
    if (line.target == "*") return line.method == "OPTIONS" ? Result{} : bad("The request target * is allowed only with OPTIONS.");
    if (line.target.starts_with('/')) return {};
    auto const authority = authority_of(line.target);
    if (!authority) return bad("The request target is neither a path nor an http URL.");
    if (authority->empty() || !is_host_value(*authority)) return bad("The host in the request target is invalid.");
    return {};
}

Result note_transfer_encoding(std::string_view value, Seen& seen) noexcept {
    seen.has_transfer_encoding = true;
    for (auto rest = value;;) {
        auto const comma = rest.find(',');
        auto const coding = trim(rest.substr(0, comma));
        auto const name = trim(coding.substr(0, coding.find(';')));
        if (!is_token(name)) return bad("The Transfer-Encoding header is not a list of codings.");
        bool const is_chunked = equal_ignoring_case(name, "chunked");
        if (is_chunked && name.size() != coding.size()) return bad("The transfer coding chunked must not have parameters.");
        seen.has_chunked_before_last = seen.has_chunked_before_last || seen.last_is_chunked;
        seen.last_is_chunked = is_chunked;
        ++seen.codings;
        if (comma == std::string_view::npos) return {};
        rest.remove_prefix(comma + 1);
    }
}

Result note_connection(std::string_view value, Seen& seen) noexcept {
    for (auto rest = value;;) {
        auto const comma = rest.find(',');
        auto const option = trim(rest.substr(0, comma));
        if (!option.empty() && !is_token(option)) return bad("The Connection header is not a list of names.");
        seen.has_close = seen.has_close || equal_ignoring_case(option, "close");
        seen.has_keep_alive = seen.has_keep_alive || equal_ignoring_case(option, "keep-alive");
        if (comma == std::string_view::npos) return {};
        rest.remove_prefix(comma + 1);
    }
}

Result note_field(std::string_view name, std::string_view value, Seen& seen) noexcept {
    switch (name.size()) {  // the length alone rules out most names
        case 4:
            if (!equal_ignoring_case(name, "host")) break;
            if (seen.host) return bad("The request has more than one Host header.");
            if (!is_host_value(value)) return bad("The Host header is not a valid host.");
            seen.host = value;
            break;
        case 6:
            if (equal_ignoring_case(name, "expect") && equal_ignoring_case(value, "100-continue")) seen.expects_continue = true;
            break;
        case 10:
            if (equal_ignoring_case(name, "connection")) return note_connection(value, seen);
            break;
        case 14:
            if (!equal_ignoring_case(name, "content-length")) break;
            if (seen.content_length) return bad("The request has more than one Content-Length header.");
            if (value.empty() || !std::ranges::all_of(value, is_digit)) return bad("The Content-Length header is not a number.");
            seen.content_length = value;
            break;
        case 17:
            if (equal_ignoring_case(name, "transfer-encoding")) return note_transfer_encoding(value, seen);
            break;
        default:
            break;
    }
    return {};
}

Result read_field_line(std::string_view line, Seen& seen, Request& request) noexcept {
    if (line.front() == ' ' || line.front() == '\t') return bad("A header line begins with whitespace; folded headers are not supported.");
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) return bad("A header line has no colon.");
    auto const name = line.substr(0, colon);
    if (!is_token(name)) return bad("A header name is empty or contains a character that is not allowed there, such as a space before the colon.");
    auto const value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) return bad("A header value contains a control character.");
    if (request.field_count == request.fields.size()) return std::unexpected(kHeadTooLarge);
    request.fields[request.field_count++] = {name, value};
    request.names.add(name);
    return note_field(name, value, seen);
}

Result validate_transfer_encoding(RequestLine const& line, Seen const& seen) noexcept {
    if (!seen.has_transfer_encoding) return {};
    if (line.minor_version == 0) return bad("An HTTP/1.0 request must not have a Transfer-Encoding header.");
    if (seen.content_length) return bad("The request has both Content-Length and Transfer-Encoding.");
    if (seen.has_chunked_before_last) return bad("The transfer coding chunked must appear once, as the last one.");
    if (!seen.last_is_chunked) return bad("The last transfer coding of a request must be chunked.");
    if (seen.codings > 1) return std::unexpected(HeadError{501, "not_implemented", "Unsupported transfer coding: only chunked is supported."});
    return {};
}

Result validate_host(RequestLine const& line, Seen const& seen) noexcept {
    if (!seen.host) return line.minor_version == 1 ? Result{bad("An HTTP/1.1 request must have a Host header.")} : Result{};
    if (line.method == "CONNECT" || line.target == "*" || line.target.starts_with('/')) return {};
    auto const parts = split_absolute(line.target);
    if (parts && !same_authority(parts->authority, *seen.host, default_port(parts->scheme)))
        return bad("The host in the request target differs from the Host header.");
    return {};
}

std::uint64_t saturating_number(std::string_view digits) noexcept {
    std::uint64_t value = 0;
    for (char const digit : digits) {
        if (value > (std::numeric_limits<std::uint64_t>::max() - 9) / 10) return std::numeric_limits<std::uint64_t>::max();
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return value;
}

HeadFacts facts_of(RequestLine const& line, Seen const& seen) noexcept {
    HeadFacts facts;
    if (seen.content_length) facts.content_length = saturating_number(*seen.content_length);
    facts.is_chunked = seen.last_is_chunked;
    facts.minor_version = line.minor_version;
    facts.keeps_alive = !seen.has_close && (line.minor_version == 1 || seen.has_keep_alive);
    facts.expects_continue = seen.expects_continue && line.minor_version == 1;
    return facts;
}

/// Removes and returns the first line.
/// @return nullopt if it does not end with CR LF or contains another CR. It may contain an LF, which is valid in no part of a line.
std::optional<std::string_view> take_line(std::string_view& rest) noexcept {
    auto const end = rest.find('\r');
    if (end == std::string_view::npos || end + 1 == rest.size() || rest[end + 1] != '\n') return std::nullopt;
    auto const line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
}

}  // namespace

std::expected<HeadFacts, HeadError> read_head(std::string_view head, Request& request) noexcept {
    request.method = request.target = request.path = request.query = {};
    request.field_count = 0;
    request.names = {};
    auto rest = head;
    auto const first = take_line(rest);
    if (!first) return std::unexpected(kBareLineEnd);
    auto const line = read_request_line(*first);
    if (!line) return std::unexpected(line.error());
    request.method = line->method;
    request.target = line->target;
    WARDER_TRY_VOID(validate_target(*line));
    auto const parts = split_target(line->target);
    request.path = parts.path;
    request.query = parts.query;
    Seen seen;
    for (;;) {
        auto const field = take_line(rest);
        if (!field) return std::unexpected(kBareLineEnd);
        if (field->empty()) break;
        WARDER_TRY_VOID(read_field_line(*field, seen, request));
    }
    WARDER_TRY_VOID(validate_host(*line, seen));
    WARDER_TRY_VOID(validate_transfer_encoding(*line, seen));
    return facts_of(*line, seen);
}

HeadScanner::State HeadScanner::scan(std::string_view bytes) noexcept {
    while (seen_ < bytes.size()) {
        auto const* const found = static_cast<char const*>(std::memchr(bytes.data() + seen_, '\n', bytes.size() - seen_));
        auto const end = found == nullptr ? bytes.size() : static_cast<std::size_t>(found - bytes.data());
        if (end >= limit_) return State::kTooLarge;
        if (found == nullptr) break;
        if (end == line_start_ || bytes[end - 1] != '\r') return State::kBareLineEnd;
        bool const is_blank = end == line_start_ + 1;
        seen_ = line_start_ = end + 1;
        if (is_blank) return State::kComplete;
    }
    // A CR that is followed by anything but LF can never become valid.
    auto const pending = bytes.substr(line_start_);
    if (auto const cr = pending.find('\r'); cr != std::string_view::npos && cr + 1 < pending.size()) return State::kBareLineEnd;
    seen_ = bytes.size();
    return bytes.size() >= limit_ ? State::kTooLarge : State::kIncomplete;
}

}  // namespace warder::http
