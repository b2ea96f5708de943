// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warder::http {

/// Follows where the frames of a WebSocket stream begin and end (RFC 6455 §5.2): only between two of them may another be put.
class WebsocketFrames {
  public:
    /// Goes on to the end of the frame that is under way, or of the next, at most. @return how many of the bytes that took.
    std::size_t advance(std::string_view bytes) noexcept;
    [[nodiscard]] bool is_between_frames() const noexcept { return head_size_ == 0 && payload_left_ == 0; }

  private:
    [[nodiscard]] std::size_t head_length() const noexcept;

    std::array<std::uint8_t, 14> head_{};
    std::size_t head_size_ = 0;  ///< Of the head as far as it has come; 0 behind it.
    std::uint64_t payload_left_ = 0;
};

/// A server's frame that ends the connection, as the policy of the server wants it: code 1008 (RFC 6455 §7.4.1).
inline constexpr std::string_view kPolicyViolation{"\x88\x10\x03\xF0token is over.", 18};

}  // namespace warder::http
