// SPDX-License-Identifier: MIT
#include "http/websocket_frames.hpp"

#include <algorithm>

namespace warder::http {
namespace {

constexpr std::uint8_t kMaskBit = 0x80;
constexpr std::uint8_t kLengthBits = 0x7F;
constexpr std::size_t kMaskLength = 4;

}  // namespace

/// Returns the length of the frame header as far as its first two bytes determine it; 2 until both have arrived.
std::size_t WebsocketFrames::head_length() const noexcept {
    if (head_size_ < 2) return 2;
    auto const length = static_cast<std::uint64_t>(head_[1] & kLengthBits);
    auto const extended = length == 127 ? std::size_t{8} : length == 126 ? std::size_t{2} : std::size_t{0};
    return 2 + extended + ((head_[1] & kMaskBit) != 0 ? kMaskLength : 0);
}

std::size_t WebsocketFrames::advance(std::string_view bytes) noexcept {
    std::size_t used = 0;
    if (payload_left_ == 0) {
        while (used < bytes.size() && head_size_ < head_length()) head_[head_size_++] = static_cast<std::uint8_t>(bytes[used++]);
        if (head_size_ < head_length()) return used;
        auto const length = static_cast<std::uint64_t>(head_[1] & kLengthBits);
        std::uint64_t payload = length < 126 ? length : 0;
        auto const extended = length == 127 ? std::size_t{8} : length == 126 ? std::size_t{2} : std::size_t{0};
        for (std::size_t i = 0; i < extended; ++i) payload = payload << 8U | head_[2 + i];
        payload_left_ = payload;
        head_size_ = 0;
    }
    auto const part = std::min<std::uint64_t>(payload_left_, bytes.size() - used);
    payload_left_ -= part;
    return used + static_cast<std::size_t>(part);
}

}  // namespace warder::http
