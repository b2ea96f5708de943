// SPDX-License-Identifier: MIT
#include "gateway/response_reader.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace warder::gateway {
namespace {

using http::equal_ignoring_case;

constexpr std::size_t kMaxResponseHead = 64 * 1024;
constexpr std::size_t kMaxResponseFields = 256;
constexpr std::size_t kUsualFields = 16;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kVersion = "HTTP/1.";

/// Nullopt for what is no number or too large for one.
std::optional<std::uint64_t> read_number(std::string_view digits) noexcept {
    std::uint64_t number = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
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
            state_ = State::kBad;
            return 0;
        }
        used = *end;
    }
    return state_ == State::kBody ? used + read_body(bytes.substr(used)) : used;
}

void ResponseReader::end() noexcept {
    if (state_ == State::kWhole) return;
    state_ = state_ == State::kBody && end_ == End::kClose ? State::kWhole : State::kBad;
}

bool ResponseReader::keeps_alive() const noexcept {
    if (!connection_ || end_ == End::kClose) return false;
    return minor_version_ > 0 ? !connection_->says_close : connection_->says_keep_alive;
}

/// Nothing while it isn't there. What can't become a head is bad at once: who speaks another protocol may wait for us for ever.
std::optional<std::size_t> ResponseReader::find_end_of_head(std::string_view bytes) noexcept {
    using Scan = http::HeadScanner::State;
    auto const found = scanner_.scan(bytes);
    bool const may_be_head = (found == Scan::kComplete || found == Scan::kIncomplete) && kVersion.starts_with(bytes.substr(0, kVersion.size()));
    if (!may_be_head) state_ = State::kBad;
    return may_be_head && found == Scan::kComplete ? std::optional{scanner_.length()} : std::nullopt;
}

bool ResponseReader::take_head(std::string_view head) {
    text_.assign(head.begin(), head.end());
    fields_.reserve(kUsualFields);
    bool is_first = true;
    for (auto rest = std::string_view{text_.data(), text_.size()}; !rest.starts_with(kLineEnd); is_first = false) {
        auto const end = rest.find(kLineEnd);
        auto const line = rest.substr(0, end);
        rest.remove_prefix(end + kLineEnd.size());
        if (!(is_first ? read_status_line(line) : read_field_line(line))) return false;
    }
    if (!std::ranges::all_of(fields_, [this](auto const& field) { return note_framing(field); })) return false;
    if (is_chunked_ && (length_ || minor_version_ == 0)) return false;
    connection_ = read_connection(fields_);
    choose_end();
    return true;
}

/// `HTTP/1.1 200 OK`; some leave out the reason, and the space before it.
bool ResponseReader::read_status_line(std::string_view line) noexcept {
    line.remove_prefix(kVersion.size());
    if (line.size() < 5 || (line[0] != '0' && line[0] != '1') || line[1] != ' ') return false;
    minor_version_ = line[0] - '0';
    auto const status = line.substr(2, 3);
    if (!std::ranges::all_of(status, http::is_digit) || status.front() == '0') return false;
    status_ = static_cast<unsigned>(*read_number(status));
    line.remove_prefix(5);
    if (!line.empty() && line.front() != ' ') return false;
    reason_ = line.substr(std::min<std::size_t>(line.size(), 1));
    return http::is_field_value(reason_);
}

bool ResponseReader::read_field_line(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return unfold(line);
    auto const colon = line.find(':');
    if (colon == std::string_view::npos || fields_.size() == kMaxResponseFields) return false;
    auto const name = line.substr(0, colon);
    auto const value = http::trim(line.substr(colon + 1));
    if (!http::is_token(name) || !http::is_field_value(value)) return false;
    fields_.push_back({name, value});
    return true;
}

/// Joins a continuation with the line before it, in the memory where both lie (RFC 9112 §5.2).
bool ResponseReader::unfold(std::string_view line) noexcept {
    if (fields_.empty() || !http::is_field_value(line)) return false;
    auto& value = fields_.back().value;
    auto const start = static_cast<std::size_t>(value.data() - text_.data());
    auto const before = static_cast<std::size_t>(line.data() - text_.data());
    std::fill(text_.begin() + static_cast<std::ptrdiff_t>(start + value.size()), text_.begin() + static_cast<std::ptrdiff_t>(before), ' ');
    value = http::trim({text_.data() + start, before - start + line.size()});
    return true;
}

bool ResponseReader::note_framing(http::HeaderField const& field) noexcept {
    if (equal_ignoring_case(field.name, "content-length")) {
        auto const number = read_number(field.value);
        if (!number || (length_ && *length_ != *number)) return false;
        length_ = number;
    } else if (equal_ignoring_case(field.name, "transfer-encoding")) {
        if (is_chunked_ || !equal_ignoring_case(field.value, "chunked")) return false;
        is_chunked_ = true;
    }
    return true;
}

void ResponseReader::choose_end() noexcept {
    bool const has_no_body = is_to_head_ || status_ < 200 || status_ == 204 || status_ == 304 || length_ == 0U;
    end_ = has_no_body ? End::kHead : is_chunked_ ? End::kChunks : length_ ? End::kLength : End::kClose;
    left_ = length_.value_or(0);
    state_ = end_ == End::kHead ? State::kWhole : State::kBody;
}

std::size_t ResponseReader::read_body(std::string_view bytes) {
    if (end_ == End::kChunks) {
        auto const [found, used] = chunks_.read(bytes, body_);
        if (found == http::ChunkReader::State::kWhole) state_ = State::kWhole;
        else if (found != http::ChunkReader::State::kMore) state_ = State::kBad;
        return used;
    }
    auto const part = end_ == End::kClose ? bytes : bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    body_.append(part);
    if (end_ == End::kClose) return part.size();
    left_ -= part.size();
    if (left_ == 0) state_ = State::kWhole;
    return part.size();
}

}  // namespace warder::gateway
