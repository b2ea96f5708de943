// SPDX-License-Identifier: MIT
#pragma once

#include "http/chunk_reader.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warder::http {

/// Parses requests (heads and their bodies) from the bytes of one connection as they arrive. Never blocks; fails only
/// when out of memory.
///
/// The caller receives bytes into the buffer space returned by `head_buffer` or `body_buffer`, then calls
/// `received` with their count. A request's head stays in place until the next head is requested, so its views remain
/// valid while the request is handled.
class RequestReader {
  public:
    using BodyState = ChunkReader::State;

    RequestReader();

    /// Returns buffer space for more bytes of an incomplete head; never empty. May move unread bytes.
    [[nodiscard]] std::span<char> head_buffer();
    /// Like `head_buffer`, for an incomplete body. Empty if the buffer is full of something that no valid body
    /// contains, such as an endless chunk size or trailer.
    [[nodiscard]] std::span<char> body_buffer();
    void received(std::size_t count) noexcept { end_ += count; }

    [[nodiscard]] std::string_view unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
    /// Discards `count` unread bytes as they are, after a request that ended HTTP on this connection (an upgrade).
    void skip(std::size_t count) noexcept { begin_ += count; }

    /// Returns whether a complete head has arrived.
    [[nodiscard]] HeadScanner::State scan_head() noexcept;
    /// Parses the complete head.
    /// @return the head's facts, or why it was rejected. After a rejection, nothing more can be read from this
    /// connection.
    [[nodiscard]] std::expected<HeadFacts, HeadError> take_head(Request& request) noexcept;

    /// Starts reading the body. Call it before `read_body`.
    /// @param limit  maximum size of the body, in bytes.
    /// @return false if the head already announces a larger body.
    [[nodiscard]] bool begin_body(HeadFacts const& facts, std::uint64_t limit) noexcept;
    /// Makes buffer space of `size` bytes for a body that has not arrived completely. This may move the head, so the
    /// head is parsed again to refresh the views in `request`.
    void make_window(Request& request, std::size_t size);
    /// Appends the part of the body that has arrived to `body`.
    [[nodiscard]] BodyState read_body(std::string& body);

  private:
    std::vector<char> buffer_;
    std::size_t begin_ = 0;       ///< Start of the unread bytes.
    std::size_t end_ = 0;         ///< End of the unread bytes.
    std::size_t head_start_ = 0;  ///< Start of the current request's head.
    std::size_t body_start_ = 0;  ///< End of the current request's head.
    HeadScanner scanner_;
    bool has_skipped_line_ = false;
    bool is_chunked_ = false;
    std::uint64_t left_ = 0;  ///< Bytes left of a body of known length.
    ChunkReader chunks_{0};
};

}  // namespace warder::http
