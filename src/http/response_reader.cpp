// SPDX-License-Identifier: MIT
#include "http/response_reader.hpp"

#include "core/text/number.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace warder::http {
namespace {

using http::equal_ignoring_case;

constexpr std::size_t kMaxResponseHead = 64 * 1024;
constexpr std::size_t kMaxResponseFields = 256;
constexpr std::size_t kUsualFields = 16;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kVersion = "HTTP/1.";

/// Removes and returns the first line.
/// @param rest  complete lines, each with its line end.
std::string_view take_line(std::span<char>& rest) noexcept {
    std::string_view const text{rest.data(), rest.size()};
    auto const line = text.substr(0, text.find(kLineEnd));
    rest = rest.subspan(line.size() + kLineEnd.size());
    return line;
}

/// Like `take_line`, but also takes folded continuation lines and joins them in place with spaces (RFC 9112 §5.2). A
/// blank line must follow.
std::string_view take_field_line(std::span<char>& rest) noexcept {
    auto line = take_line(rest);
    while (rest.front() == ' ' || rest.front() == '\t') {
        std::fill_n(rest.data() - kLineEnd.size(), kLineEnd.size(), ' ');
        auto const more = take_line(rest);
        line = {line.data(), line.size() + kLineEnd.size() + more.size()};
    }
    return line;
}

}  // namespace

ResponseReader::ResponseReader(bool is_to_head) noexcept
    : is_to_head_{is_to_head}, scanner_{kMaxResponseHead}, chunks_{std::numeric_limits<std::uint64_t>::max()} {}

std::size_t ResponseReader::read(std::string_view bytes) {
    std::size_t used = 0;
    if (state_ == State::kHead) {
        auto const end = find_end_of_head(bytes);
        if (!end) return 0;
        if (!take_head(bytes.substr(0, *end))) {
            state_ = State::kInvalid;
            return 0;
        }
        used = *end;
    }
    return state_ == State::kBody ? used + read_body(bytes.substr(used)) : used;
}

void ResponseReader::end() noexcept {
    if (state_ == State::kComplete) return;
    error_ = state_ == State::kHead ? "it ends before its head is complete" : "it ends before its body is complete";
    state_ = state_ == State::kBody && end_ == End::kClose ? State::kComplete : State::kInvalid;
}

bool ResponseReader::keeps_alive() const noexcept {
    if (!connection_ || end_ == End::kClose) return false;
    return !connection_->has_close && (minor_version_ > 0 || connection_->has_keep_alive);
}

/// Returns the end of the head, or nullopt while it is incomplete. Input that can't become a head is invalid
/// immediately: a peer that speaks another protocol might otherwise wait forever.
std::optional<std::size_t> ResponseReader::find_end_of_head(std::string_view bytes) noexcept {
    using Scan = http::HeadScanner::State;
    auto const found = scanner_.scan(bytes);
    bool const is_http = kVersion.starts_with(bytes.substr(0, kVersion.size()));
    bool const may_be_head = (found == Scan::kComplete || found == Scan::kIncomplete) && is_http;
    if (!may_be_head) {
        state_ = State::kInvalid;
        error_ = !is_http                   ? "it doesn't begin with HTTP/1."
                 : found == Scan::kTooLarge ? "its head is over 64 KiB"
                                            : "a line of its head does not end with CRLF";
    }
    return may_be_head && found == Scan::kComplete ? std::optional{scanner_.length()} : std::nullopt;
}

bool ResponseReader::take_head(std::string_view head) {
    text_.assign(head.begin(), head.end());
    fields_.reserve(kUsualFields);
    std::span<char> rest{text_};
    if (!read_status_line(take_line(rest))) return fail("its status line is invalid");
    while (rest.size() > kLineEnd.size())
        if (!read_field_line(take_field_line(rest))) return false;
    if (!std::ranges::all_of(fields_, [this](auto const& field) { return note_framing(field); })) return false;
    if (is_chunked_ && length_) return fail("it has both Content-Length and Transfer-Encoding");
    if (is_chunked_ && minor_version_ == 0) return fail("it is HTTP/1.0 but has a Transfer-Encoding");
    connection_ = read_connection(fields());
    choose_end();
    return true;
}

/// Parses `HTTP/1.1 200 OK`; some servers omit the reason, and the space before it.
bool ResponseReader::read_status_line(std::string_view line) noexcept {
    line.remove_prefix(kVersion.size());
    if (line.size() < 5 || (line[0] != '0' && line[0] != '1') || line[1] != ' ') return false;
    minor_version_ = line[0] - '0';
    auto const status = line.substr(2, 3);
    if (!std::ranges::all_of(status, http::is_digit) || status.front() == '0') return false;
    status_ = *core::read_number<unsigned>(status);
    line.remove_prefix(5);
    if (!line.empty() && line.front() != ' ') return false;
    reason_ = line.substr(std::min<std::size_t>(line.size(), 1));
    return http::is_field_value(reason_);
}

bool ResponseReader::read_field_line(std::string_view line) {
    auto const colon = line.find(':');
    if (fields_.size() == kMaxResponseFields) return fail("it has more than 256 header fields");
    if (colon == std::string_view::npos) return fail("a header line has no colon");
    auto const name = line.substr(0, colon);
    auto const value = http::trim(line.substr(colon + 1));
    if (!http::is_token(name)) return fail("a header name is invalid");
    if (!http::is_field_value(value)) return fail("a header value is invalid");
    fields_.push_back({name, value});
    names_.add(name);
    return true;
}

bool ResponseReader::note_framing(http::HeaderField const& field) noexcept {
    if (equal_ignoring_case(field.name, "content-length")) {
        auto const number = core::read_number<std::uint64_t>(field.value);
        if (!number) return fail("its Content-Length is not a number");
        if (length_ && *length_ != *number) return fail("it has two different Content-Length headers");
        length_ = number;
    } else if (equal_ignoring_case(field.name, "transfer-encoding")) {
        if (is_chunked_) return fail("it has two Transfer-Encoding headers");
        if (!equal_ignoring_case(field.value, "chunked")) return fail("its Transfer-Encoding is not \"chunked\"");
        is_chunked_ = true;
    }
    return true;
}

void ResponseReader::choose_end() noexcept {
    bool const has_no_body = is_to_head_ || status_ < 200 || status_ == 204 || status_ == 304 || length_ == 0U;
    end_ = has_no_body ? End::kHead : is_chunked_ ? End::kChunks : length_ ? End::kLength : End::kClose;
    left_ = length_.value_or(0);
    state_ = end_ == End::kHead ? State::kComplete : State::kBody;
}

std::size_t ResponseReader::read_body(std::string_view bytes) {
    if (end_ == End::kChunks) {
        auto const [found, used] = chunks_.read(bytes, body_);
        if (found == http::ChunkReader::State::kComplete) {
            state_ = State::kComplete;
        } else if (found != http::ChunkReader::State::kIncomplete) {
            state_ = State::kInvalid;
            error_ = "a chunk of its body is invalid";
        }
        return used;
    }
    auto const part = end_ == End::kClose ? bytes : bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    body_.append(part);
    if (end_ == End::kClose) return part.size();
    left_ -= part.size();
    if (left_ == 0) state_ = State::kComplete;
    return part.size();
}

}  // namespace warder::http
