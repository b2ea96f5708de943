// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warder::http {

/// Tracks frame boundaries in a WebSocket stream (RFC 6455 §5.2). Another frame may only be inserted between two
/// frames.
class WebsocketFrames {
  public:
    /// Advances at most to the end of the current frame, or of the next one if the stream is between frames.
    /// @return the number of bytes consumed.
    std::size_t advance(std::string_view bytes) noexcept;
    [[nodiscard]] bool is_between_frames() const noexcept { return head_size_ == 0 && payload_left_ == 0; }

  private:
    [[nodiscard]] std::size_t head_length() const noexcept;

    std::array<std::uint8_t, 14> head_{};
    std::size_t head_size_ = 0;  ///< Bytes of the current frame's header received so far; 0 once the header is complete.
    std::uint64_t payload_left_ = 0;
};

/// A close frame from the server with code 1008, policy violation (RFC 6455 §7.4.1).
inline constexpr std::string_view kPolicyViolation{"\x88\x10\x03\xF0token is over.", 18};

}  // namespace warder::http
