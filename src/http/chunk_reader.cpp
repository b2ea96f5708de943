// SPDX-License-Identifier: MIT
#include "http/chunk_reader.hpp"

#include "http/request_head.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace warder::http {
namespace {

using State = ChunkReader::State;

constexpr std::string_view kBlank = " \t";
constexpr std::size_t kMaxSizeDigits = 16;

bool is_text_char(char c) noexcept {
    auto const byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

/// Finds the first line. A line longer than `kMaxHead` bytes is invalid, however it is split across reads.
struct Line {
    State state;  ///< `kComplete` if the line has ended.
    std::string_view text{};
};
Line find_line(std::string_view bytes) noexcept {
    bytes = bytes.substr(0, kMaxHead + 1);
    auto const feed = bytes.find('\n');
    auto const cr = bytes.find('\r');
    if (feed == std::string_view::npos) {
        bool const may_end = cr == std::string_view::npos || cr + 1 == bytes.size();
        return {may_end && bytes.size() <= kMaxHead ? State::kIncomplete : State::kInvalid};
    }
    if (feed == 0 || cr != feed - 1) return {State::kInvalid};
    auto const text = bytes.substr(0, cr);
    return {std::ranges::all_of(text, is_text_char) ? State::kComplete : State::kInvalid, text};
}

void skip_blanks(std::string_view& rest) noexcept { rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size())); }

bool skip_token(std::string_view& rest) noexcept {
    auto const token = rest.substr(0, rest.find_first_of(" \t;=\""));
    rest.remove_prefix(token.size());
    return is_token(token);
}

bool skip_quoted(std::string_view& rest) noexcept {
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (rest[at] == '\\') {
            ++at;
        } else if (rest[at] == '"') {
            rest.remove_prefix(at + 1);
            return true;
        }
    }
    return false;
}

/// `BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ]`
bool skip_extension(std::string_view& rest) noexcept {
    skip_blanks(rest);
    if (!rest.starts_with(';')) return false;
    rest.remove_prefix(1);
    skip_blanks(rest);
    if (!skip_token(rest)) return false;
    auto value = rest;
    skip_blanks(value);
    if (!value.starts_with('=')) return true;
    value.remove_prefix(1);
    skip_blanks(value);
    rest = value;
    return rest.starts_with('"') ? skip_quoted(rest) : skip_token(rest);
}

/// Returns whether the line is a trailer field. Fields that affect message framing are not allowed as trailers.
bool is_trailer(std::string_view line) noexcept {
    auto const name = line.substr(0, line.find(':'));
    return name.size() < line.size() && is_token(name) && !equal_ignoring_case(name, "content-length") &&
           !equal_ignoring_case(name, "transfer-encoding");
}

}  // namespace

ChunkReader::Read ChunkReader::read(std::string_view bytes, std::string& body) {
    auto rest = bytes;
    auto state = State::kIncomplete;
    while (state == State::kIncomplete) {
        auto const before = rest.size();
        if (part_ == Part::kData || part_ == Part::kDataEnd) {
            state = take_data(rest, body);
        } else if (auto const line = find_line(rest); line.state == State::kComplete) {
            rest.remove_prefix(line.text.size() + 2);
            state = read_line(line.text);
        } else {
            state = line.state;
        }
        if (rest.size() == before) break;
    }
    return {state, bytes.size() - rest.size()};
}

State ChunkReader::take_data(std::string_view& rest, std::string& body) {
    if (part_ == Part::kData) {
        auto const part = rest.substr(0, left_);
        body.append(part);
        rest.remove_prefix(part.size());
        left_ -= part.size();
        if (left_ == 0) part_ = Part::kDataEnd;
        return State::kIncomplete;
    }
    constexpr std::string_view kEnd = "\r\n";
    if (!kEnd.starts_with(rest.substr(0, kEnd.size()))) return State::kInvalid;
    if (rest.size() < kEnd.size()) return State::kIncomplete;
    rest.remove_prefix(kEnd.size());
    part_ = Part::kSize;
    return State::kIncomplete;
}

State ChunkReader::read_line(std::string_view line) {
    if (part_ == Part::kSize) return read_size(line);
    if (line.empty()) return State::kComplete;
    extra_ += line.size();
    return is_trailer(line) && extra_ <= kMaxHead ? State::kIncomplete : State::kInvalid;
}

State ChunkReader::read_size(std::string_view line) {
    auto const zeros = std::min(line.find_first_not_of('0'), line.size());
    auto rest = line.substr(zeros);
    auto const digits = rest.substr(0, rest.find_first_not_of("0123456789ABCDEFabcdef"));
    if (zeros + digits.size() == 0 || digits.size() > kMaxSizeDigits) return State::kInvalid;
    std::uint64_t size = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    rest.remove_prefix(digits.size());
    extra_ += line.size() - std::min(zeros + digits.size(), kMaxSizeDigits);  // some senders pad each chunk size with zeros
    if (extra_ > kMaxHead) return State::kInvalid;
    while (!rest.empty())
        if (!skip_extension(rest)) return State::kInvalid;

    if (size > remaining_) return State::kTooLarge;
    remaining_ -= size;
    left_ = size;
    extra_ -= static_cast<std::size_t>(std::min<std::uint64_t>(extra_, size));
    part_ = size == 0 ? Part::kTrailer : Part::kData;
    return State::kIncomplete;
}

}  // namespace warder::http
