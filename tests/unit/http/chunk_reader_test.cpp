// SPDX-License-Identifier: MIT
#include "http/chunk_reader.hpp"

#include "http/request_head.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace warder::http {
namespace {

using State = ChunkReader::State;

struct Outcome {
    State state = State::kIncomplete;
    std::size_t used = 0;
    std::string body;
};

/// Reads the bytes as a connection does: unused bytes are passed again, followed by more.
Outcome read_in_steps(std::string_view bytes, std::size_t step) {
    ChunkReader reader{kMaxBody};
    Outcome outcome;
    for (std::size_t end = 0; outcome.state == State::kIncomplete && end < bytes.size();) {
        end = std::min(end + step, bytes.size());
        auto const read = reader.read(bytes.substr(outcome.used, end - outcome.used), outcome.body);
        outcome.used += read.used;
        outcome.state = read.state;
    }
    return outcome;
}

State state_of(std::string_view bytes) {
    auto const whole = read_in_steps(bytes, bytes.size());
    auto const in_steps = read_in_steps(bytes, 1);
    EXPECT_EQ(whole.state, in_steps.state) << bytes;
    EXPECT_TRUE(whole.state != State::kComplete || (whole.body == in_steps.body && whole.used == in_steps.used)) << bytes;
    return whole.state;
}

TEST(ChunkReader, JoinsChunksAndDropsExtensionsAndTrailers) {
    std::string const body = "3;a=b;c ; d=\"e;\\\"\"\r\nabc\r\n002\r\nde\r\n0;f\r\nX-Evil: 1\r\n\r\n";
    auto const read = read_in_steps(body + "GET / HTTP/1.1\r\n", 1000);
    EXPECT_EQ(read.state, State::kComplete);
    EXPECT_EQ(read.used, body.size());
    EXPECT_EQ(read.body, "abcde");
    EXPECT_EQ(state_of(body), State::kComplete);
}

TEST(ChunkReader, ReturnsInvalidForMalformedChunks) {
    for (auto const* body : {"x\r\nabc\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "3\r\nabcX\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n",
                             "-3\r\nabc\r\n0\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n", "10000000000000003\r\nabc\r\n0\r\n\r\n",
                             "3\r\nabc\n0\r\n\r\n", "\r\n3\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\n", ";a\r\n"})
        EXPECT_EQ(state_of(body), State::kInvalid) << body;
}

TEST(ChunkReader, ReturnsInvalidForAmbiguousExtensions) {
    for (auto const* extension :
         {";", ";;", ";=a", ";a=", ";a b", "; a=\"", ";a=\"\r\n\"", ";a=\"\n\"", ";a=\"\\", ";a=\"b\"c", ";a=\"\x01\"", ";a\rb", ";\xE9"})
        EXPECT_EQ(state_of("3" + std::string{extension} + "\r\nabc\r\n0\r\n\r\n"), State::kInvalid) << extension;
}

TEST(ChunkReader, ReturnsInvalidForMalformedAndForbiddenTrailers) {
    for (auto const* trailer : {"X", ": y", " X: y", "X : y", "X: y\r\n z", "X: y\n", "X: \x7F", "Content-Length: 1", "transfer-encoding: chunked"})
        EXPECT_EQ(state_of("0\r\n" + std::string{trailer} + "\r\n\r\n"), State::kInvalid) << trailer;
}

TEST(ChunkReader, ReturnsIncompleteForEveryPrefix) {
    std::string_view const body = "3;a\r\nabc\r\n0\r\nX: y\r\n\r\n";
    for (std::size_t end = 1; end < body.size(); ++end) EXPECT_EQ(state_of(body.substr(0, end)), State::kIncomplete) << end;
}

TEST(ChunkReader, ReturnsTooLargeOrInvalidBeyondTheLimits) {
    EXPECT_EQ(read_in_steps("10000\r\n" + std::string(kMaxBody, 'x') + "\r\n0\r\n\r\n", 5000).state, State::kComplete);
    EXPECT_EQ(read_in_steps("10001\r\n", 100).state, State::kTooLarge);
    EXPECT_EQ(read_in_steps("ffffffffffffffff\r\n", 100).state, State::kTooLarge);
    EXPECT_EQ(read_in_steps("10000\r\n" + std::string(kMaxBody, 'x') + "\r\n1\r\nx", 5000).state, State::kTooLarge);

    auto const with_extra = [](std::size_t count) { return "0\r\nX:" + std::string(count - 3, 'x') + "\r\n\r\n"; };  // 3: the zero and "X:"
    EXPECT_EQ(read_in_steps(with_extra(kMaxHead), 1000).state, State::kComplete);
    EXPECT_EQ(read_in_steps(with_extra(kMaxHead + 1), 1000).state, State::kInvalid);
    EXPECT_EQ(read_in_steps(std::string(kMaxHead + 1, '0'), 1000).state, State::kInvalid);
    std::string const zeros(kMaxHead + 1, '0');
    EXPECT_EQ(state_of(zeros.substr(2) + "\r\n\r\n"), State::kComplete);
    EXPECT_EQ(state_of(zeros + "\r\n\r\n"), State::kInvalid);
    EXPECT_EQ(state_of("1;" + std::string(kMaxHead - 2, 'x') + "\r\nx\r\n0\r\n\r\n"), State::kInvalid) << "a line's end counts";
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

TEST(ChunkReader, DataBytesExtendTheLimitForSizesAndExtensions) {
    std::string const end = "0\r\n\r\n";
    EXPECT_EQ(state_of(repeat("0000000000000001\r\nx\r\n", 10'000) + end), State::kComplete) << "sizes filled up with zeros";
    EXPECT_EQ(state_of(repeat("4;ab\r\nabcd\r\n", 10'000) + end), State::kComplete);
    EXPECT_EQ(state_of(repeat("1;ab\r\nx\r\n", kMaxHead / 2 - 1) + end), State::kComplete);
    EXPECT_EQ(state_of(repeat("1;ab\r\nx\r\n", kMaxHead / 2) + end), State::kInvalid) << "each one leaves two more";
    EXPECT_EQ(state_of(repeat("00000000000000001\r\nx\r\n", 10'000) + end), State::kComplete);
    EXPECT_EQ(state_of("1000\r\n" + std::string(0x1000, 'x') + "\r\n" + "0\r\n" + repeat("X: y\r\n", kMaxHead / 4 + 1) + "\r\n"), State::kInvalid)
        << "data does not extend the limit for later lines";
}

}  // namespace
}  // namespace warder::http
