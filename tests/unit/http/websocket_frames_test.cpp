// SPDX-License-Identifier: MIT
#include "http/websocket_frames.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::http {
namespace {

/// Returns a text frame from a server with a payload of this length, whose length field is in the shortest form.
std::string frame(std::size_t length) {
    std::string bytes = "\x81";
    if (length < 126) {
        bytes += static_cast<char>(length);
    } else if (length < 65'536) {
        bytes += '\x7E';
        for (int shift = 8; shift >= 0; shift -= 8) bytes += static_cast<char>(length >> static_cast<unsigned>(shift) & 0xFFU);
    } else {
        bytes += '\x7F';
        for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(length >> static_cast<unsigned>(shift) & 0xFFU);
    }
    return bytes + std::string(length, 'x');
}

TEST(WebsocketFrames, AdvanceStopsAtTheEndOfAFrame) {
    for (std::size_t const length : {0U, 1U, 125U, 126U, 65'535U, 65'536U}) {
        auto const one = frame(length);
        WebsocketFrames frames;
        EXPECT_TRUE(frames.is_between_frames());
        EXPECT_EQ(frames.advance(one + frame(3)), one.size()) << length;
        EXPECT_TRUE(frames.is_between_frames()) << length;
    }
}

TEST(WebsocketFrames, TracksFramesAcrossPiecesOfAnySize) {
    auto const bytes = frame(300);
    for (std::size_t const step : {1U, 2U, 3U, 7U}) {
        WebsocketFrames frames;
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            auto const piece = bytes.substr(at, step);
            EXPECT_EQ(frames.advance(piece), piece.size());
            EXPECT_EQ(frames.is_between_frames(), at + step >= bytes.size()) << at;
        }
    }
}

TEST(WebsocketFrames, CountsTheMaskAsPartOfTheFrameHeader) {
    std::string const masked{
        "\x81\x82"
        "abcd"
        "xy",
        8};
    WebsocketFrames frames;
    EXPECT_EQ(frames.advance(masked + "z"), masked.size());
    EXPECT_TRUE(frames.is_between_frames());
}

TEST(PolicyViolation, IsOneCompleteCloseFrame) {
    WebsocketFrames frames;
    EXPECT_EQ(frames.advance(kPolicyViolation), kPolicyViolation.size());
    EXPECT_TRUE(frames.is_between_frames());
    EXPECT_EQ(kPolicyViolation.substr(2, 2), "\x03\xF0");
}

}  // namespace
}  // namespace warder::http
