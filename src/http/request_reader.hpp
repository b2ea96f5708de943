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

/// Finds requests in the bytes of one connection, as these arrive: heads, and the bodies behind them. Nothing here waits or fails but for memory.
///
/// Whoever receives puts bytes into the room that is offered and says how many. A request's head stays where it was received until the next head is
/// asked for, so that its views hold while it is answered.
class RequestReader {
  public:
    using BodyState = ChunkReader::State;

    RequestReader();

    /// Where more bytes may be put while a head is incomplete; never empty. Moves what is unread.
    [[nodiscard]] std::span<char> room_for_head();
    /// The same while a body is incomplete. Empty: it is full of something that no body has, a chunk's size or trailers without end.
    [[nodiscard]] std::span<char> room_for_body();
    void received(std::size_t count) noexcept { end_ += count; }

    [[nodiscard]] std::string_view unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
    /// Takes bytes off the front as they are: behind a request that ended HTTP on this connection.
    void skip(std::size_t count) noexcept { begin_ += count; }

    /// Whether a whole head is at hand.
    [[nodiscard]] HeadScanner::State scan_head() noexcept;
    /// Reads the head that is at hand. @return what the head says, or why it is refused; then nothing more can be read from this connection.
    [[nodiscard]] std::expected<HeadFacts, HeadRefusal> take_head(Request& request) noexcept;

    /// Before a body is read: how much of it there may be. @return false if its head says already that there is more.
    [[nodiscard]] bool begin_body(HeadFacts const& facts, std::uint64_t limit) noexcept;
    /// Makes room for a body that isn't at hand whole, which may move the head: reads it once more.
    void make_window(Request& request, std::size_t size);
    /// Appends what is at hand of the body to `body`.
    [[nodiscard]] BodyState read_body(std::string& body);

  private:
    std::vector<char> buffer_;
    std::size_t begin_ = 0;       ///< Of what is not yet used,
    std::size_t end_ = 0;         ///< up to here.
    std::size_t head_start_ = 0;  ///< Of the request that is being read,
    std::size_t body_start_ = 0;  ///< and where its head ends.
    HeadScanner scanner_;
    bool has_skipped_line_ = false;
    bool is_chunked_ = false;
    std::uint64_t left_ = 0;  ///< Of a body with a known length.
    ChunkReader chunks_{0};
};

}  // namespace warder::http
