// SPDX-License-Identifier: MIT
#include "http/request_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace warder::http {
namespace {

constexpr std::size_t kFirstBuffer = 4 * 1024;
constexpr std::size_t kLargestKept = 2 * kFirstBuffer;  // by a connection that may stay idle for a long time

}  // namespace

RequestReader::RequestReader() : head_{kFirstBuffer} {}

std::span<char> RequestReader::head_buffer() {
    release_window();
    if (begin_ == end_) {
        begin_ = end_ = 0;
        if (head_.size > kLargestKept) head_ = Buffer{kFirstBuffer};
    }
    if (end_ == head_.size) {
        if (begin_ > 0) {
            move_unread(head_);
        } else {
            Buffer larger{2 * head_.size};  // the scanner enforces `kMaxHead`
            move_unread(larger);
            head_ = std::move(larger);
        }
    }
    return {head_.bytes.get() + end_, head_.size - end_};
}

HeadScanner::State RequestReader::scan_head() noexcept {
    release_window();
    if (!has_skipped_line_ && unread().starts_with("\r\n")) {  // one empty line before a request is tolerated (RFC 9112 §2.2)
        has_skipped_line_ = true;
        begin_ += 2;
        scanner_.restart();
    }
    return scanner_.scan(unread());
}

std::expected<HeadFacts, HeadError> RequestReader::take_head(Request& request) noexcept {
    auto const facts = read_head(unread().substr(0, scanner_.length()), request);
    if (!facts) return facts;
    begin_ += scanner_.length();
    scanner_.restart();
    has_skipped_line_ = false;
    return facts;
}

bool RequestReader::begin_body(HeadFacts const& facts, std::uint64_t limit, std::size_t window) noexcept {
    window_size_ = window;
    is_chunked_ = facts.is_chunked;
    left_ = facts.content_length.value_or(0);
    if (is_chunked_) chunks_ = ChunkReader{limit};
    return left_ <= limit;
}

std::span<char> RequestReader::body_buffer() {
    if (window_.size == 0) {
        Buffer window{std::max(window_size_, unread().size())};
        move_unread(window);
        window_ = std::move(window);
    } else if (begin_ == end_ || end_ == window_.size) {
        move_unread(window_);
    }
    return {window_.bytes.get() + end_, window_.size - end_};
}

RequestReader::BodyState RequestReader::read_body(std::string& body) {
    if (is_chunked_) {
        auto const read = chunks_.read(unread(), body);
        begin_ += read.used;
        return read.state;
    }
    auto const part = unread().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, unread().size())));
    body.append(part);
    begin_ += part.size();
    left_ -= part.size();
    return left_ == 0 ? BodyState::kComplete : BodyState::kIncomplete;
}

/// Moves the unread bytes to the start of a buffer, which may be their own.
void RequestReader::move_unread(Buffer& target) noexcept {
    auto const bytes = unread();
    std::memmove(target.bytes.get(), bytes.data(), bytes.size());
    begin_ = 0;
    end_ = bytes.size();
}

/// Ends the use of the window. The beginning of a pipelined request stays where it was received.
void RequestReader::release_window() noexcept {
    if (window_.size == 0) return;
    if (begin_ < end_) head_ = std::move(window_);
    else begin_ = end_ = 0;
    window_ = {};
}

}  // namespace warder::http
