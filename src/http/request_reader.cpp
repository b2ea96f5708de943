// SPDX-License-Identifier: MIT
#include "http/request_reader.hpp"

#include <algorithm>
#include <cstring>

namespace warder::http {
namespace {

constexpr std::size_t kFirstBuffer = 4 * 1024;
constexpr std::size_t kLargestKept = 2 * kFirstBuffer;  // by a connection that may stay idle for a long time

}  // namespace

RequestReader::RequestReader() : buffer_(kFirstBuffer) {}

std::span<char> RequestReader::head_buffer() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
        if (buffer_.size() > kLargestKept) buffer_ = std::vector<char>(kFirstBuffer);
    }
    if (end_ == buffer_.size()) {
        if (begin_ > 0) {
            std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        } else {
            buffer_.resize(2 * buffer_.size());  // the scanner enforces `kMaxHead`
        }
    }
    return {buffer_.data() + end_, buffer_.size() - end_};
}

HeadScanner::State RequestReader::scan_head() noexcept {
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
    head_start_ = begin_;
    begin_ += scanner_.length();
    body_start_ = begin_;
    scanner_.restart();
    has_skipped_line_ = false;
    return facts;
}

bool RequestReader::begin_body(HeadFacts const& facts, std::uint64_t limit) noexcept {
    is_chunked_ = facts.is_chunked;
    left_ = facts.content_length.value_or(0);
    if (is_chunked_) chunks_ = ChunkReader{limit};
    return left_ <= limit;
}

void RequestReader::make_window(Request& request, std::size_t size) {
    auto const head_length = body_start_ - head_start_;
    bool const is_room = buffer_.size() - body_start_ >= size;
    if (is_room) return;
    std::memmove(buffer_.data(), buffer_.data() + head_start_, end_ - head_start_);
    begin_ -= head_start_;
    end_ -= head_start_;
    head_start_ = 0;
    body_start_ = head_length;
    if (buffer_.size() < head_length + size) buffer_.resize(head_length + size);
    // This can't fail: the same bytes were parsed successfully before they moved.
    static_cast<void>(read_head({buffer_.data(), head_length}, request));
}

std::span<char> RequestReader::body_buffer() {
    if (begin_ == end_ || end_ == buffer_.size()) {
        std::memmove(buffer_.data() + body_start_, buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_ - body_start_;
        begin_ = body_start_;
    }
    return {buffer_.data() + end_, buffer_.size() - end_};
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

}  // namespace warder::http
