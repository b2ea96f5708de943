// SPDX-License-Identifier: MIT
#pragma once

#include "http/chunk_reader.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace warder::http {

/// Parses requests (heads and their bodies) from the bytes of one connection as they arrive. Never blocks; fails only
/// when out of memory.
///
/// The caller receives bytes into the buffer space returned by `head_buffer` or `body_buffer`, then calls
/// `received` with their count. Heads and bodies have buffers of their own: a complete head stays where it is until the
/// next one is requested by `scan_head` or `head_buffer`, so its views remain valid while the request is handled.
class RequestReader {
  public:
    using BodyState = ChunkReader::State;

    RequestReader();

    /// Returns buffer space for more bytes of an incomplete head; never empty. May move unread bytes.
    [[nodiscard]] std::span<char> head_buffer();
    /// Returns buffer space for more bytes of an incomplete body. Doesn't move the head. Empty if the window is full of
    /// something that no valid body contains, such as an endless chunk size or trailer.
    [[nodiscard]] std::span<char> body_buffer();
    void received(std::size_t count) noexcept { end_ += count; }

    [[nodiscard]] std::string_view unread() const noexcept { return {source().bytes.get() + begin_, end_ - begin_}; }
    /// Discards `count` unread bytes as they are, after a request that ended HTTP on this connection (an upgrade).
    void skip(std::size_t count) noexcept { begin_ += count; }

    /// Returns whether a complete head has arrived.
    [[nodiscard]] HeadScanner::State scan_head() noexcept;
    /// Parses the complete head.
    /// @return the head's facts, or why it was rejected. After a rejection, nothing more can be read from this
    /// connection.
    [[nodiscard]] std::expected<HeadFacts, HeadError> take_head(Request& request) noexcept;

    /// Starts reading the body. Call it before `read_body`.
    /// @param limit  maximum size of the body, in bytes. @param window  size of the buffer for the part of the body that
    /// has not arrived yet; allocated if it is needed.
    /// @return false if the head already announces a larger body.
    [[nodiscard]] bool begin_body(HeadFacts const& facts, std::uint64_t limit, std::size_t window) noexcept;
    /// Appends the part of the body that has arrived to `body`.
    [[nodiscard]] BodyState read_body(std::string& body);

  private:
    struct Buffer {
        Buffer() = default;
        explicit Buffer(std::size_t its_size) : bytes{std::make_unique_for_overwrite<char[]>(its_size)}, size{its_size} {}

        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
    };

    /// Returns the buffer of the unread bytes.
    [[nodiscard]] Buffer const& source() const noexcept { return window_.size > 0 ? window_ : head_; }
    void move_unread(Buffer& target) noexcept;
    void release_window() noexcept;

    Buffer head_;            ///< Receives heads, and what arrives with them.
    Buffer window_;          ///< Receives the rest of a body; empty except while one is read.
    std::size_t begin_ = 0;  ///< Start of the unread bytes.
    std::size_t end_ = 0;    ///< End of the unread bytes.
    HeadScanner scanner_;
    bool has_skipped_line_ = false;
    bool is_chunked_ = false;
    std::uint64_t left_ = 0;  ///< Bytes left of a body of known length.
    std::size_t window_size_ = 0;
    ChunkReader chunks_{0};
};

}  // namespace warder::http
