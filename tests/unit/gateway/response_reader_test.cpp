// SPDX-License-Identifier: MIT
#include "gateway/response_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace warder::gateway {
namespace {

using State = ResponseReader::State;

/// Hands the bytes on as a connection does: what was not used comes again, with more behind it. @return how many were used.
std::size_t read_in_steps(ResponseReader& reader, std::string_view bytes, std::size_t step) {
    std::size_t used = 0;
    for (std::size_t end = 0; end < bytes.size();) {
        end = std::min(end + step, bytes.size());
        used += reader.read(bytes.substr(used, end - used));
    }
    return used;
}

TEST(ResponseReader, ReadsHeadAndBodyHoweverTheyCome) {
    std::string_view const bytes = "HTTP/1.1 201 Made Here\r\nX-A:  b \r\nContent-Length: 5\r\n\r\nhello";
    for (std::size_t const step : {1U, 7U, 1000U}) {
        ResponseReader reader{false};
        EXPECT_EQ(read_in_steps(reader, bytes, step), bytes.size());
        ASSERT_EQ(reader.state(), State::kWhole);
        EXPECT_EQ(reader.status(), 201U);
        EXPECT_EQ(reader.reason(), "Made Here");
        ASSERT_EQ(reader.fields().size(), 2U);
        EXPECT_EQ(reader.fields()[0].name, "X-A");
        EXPECT_EQ(reader.fields()[0].value, "b");
        EXPECT_EQ(reader.content_length(), 5U);
        EXPECT_EQ(reader.body(), "hello");
        EXPECT_TRUE(reader.keeps_alive());
    }
}

TEST(ResponseReader, JoinsChunks) {
    ResponseReader reader{false};
    std::string_view const bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    EXPECT_EQ(read_in_steps(reader, bytes, 4), bytes.size());
    EXPECT_EQ(reader.state(), State::kWhole);
    EXPECT_EQ(reader.body(), "abcde");
    EXPECT_FALSE(reader.content_length().has_value());
}

TEST(ResponseReader, LeavesWhatFollowsAlone) {
    ResponseReader reader{false};
    std::string_view const first = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    EXPECT_EQ(reader.read(std::string{first} + "HTTP/1.1 408 x\r\n"), first.size());
    EXPECT_EQ(reader.state(), State::kWhole);
}

TEST(ResponseReader, EndsABodyWithTheConnectionOnlyWhereNothingElseDoes) {
    ResponseReader open{false}, cut{false}, silent{false};
    read_in_steps(open, "HTTP/1.1 200 OK\r\n\r\nall", 1000);
    EXPECT_EQ(open.state(), State::kBody);
    open.end();
    EXPECT_EQ(open.state(), State::kWhole);
    EXPECT_EQ(open.body(), "all");
    read_in_steps(cut, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 1000);
    cut.end();
    EXPECT_EQ(cut.state(), State::kBad);
    silent.end();
    EXPECT_EQ(silent.state(), State::kBad);
}

TEST(ResponseReader, ExpectsNoBodyOfHead) {
    ResponseReader reader{true};
    std::string_view const bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    EXPECT_EQ(reader.read(bytes), bytes.size());
    EXPECT_EQ(reader.state(), State::kWhole);
}

State state_after(std::string_view bytes) {
    ResponseReader reader{false};
    reader.read(bytes);
    return reader.state();
}

TEST(ResponseReader, UnfoldsHeaders) {
    ResponseReader reader{false};
    read_in_steps(reader, "HTTP/1.1 204 x\r\nX-A: one\r\n \t two \r\n\tthree\r\nX-B:\r\n four\r\n\r\n", 3);
    ASSERT_EQ(reader.state(), State::kWhole);
    ASSERT_EQ(reader.fields().size(), 2U);
    EXPECT_EQ(reader.fields()[0].value, "one   \t two   \tthree");
    EXPECT_EQ(reader.fields()[1].value, "four");
}

TEST(ResponseReader, DoesWithoutAReason) {
    for (std::string_view const line : {"HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200 \xE9t\xE9"})
        EXPECT_EQ(state_after(std::string{line} + "\r\n\r\n"), State::kBody) << line;
}

TEST(ResponseReader, ExpectsNoBodyWhereAStatusHasNone) {
    for (std::string_view const status : {"100", "101", "103", "204", "304"})
        EXPECT_EQ(state_after("HTTP/1.1 " + std::string{status} + " x\r\nContent-Length: 5\r\n\r\n"), State::kWhole) << status;
}

TEST(ResponseReader, RefusesWhatLeavesTwoWaysToTellWhereItEnds) {
    EXPECT_EQ(state_after("HTTP/1.1 200 x\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\nhello"), State::kWhole);
    for (std::string_view const fields :
         {"Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n", "Content-Length: \r\n",
          "Content-Length: 18446744073709551616\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: gzip\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding:\r\n"})
        EXPECT_EQ(state_after("HTTP/1.1 200 x\r\n" + std::string{fields} + "\r\n"), State::kBad) << fields;
    EXPECT_EQ(state_after("HTTP/1.0 200 x\r\nTransfer-Encoding: chunked\r\n\r\n"), State::kBad);
    EXPECT_EQ(state_after("HTTP/1.1 200 x\r\nTransfer-Encoding: CHUNKED\r\n\r\n5\nhello"), State::kBad);
}

TEST(ResponseReader, KeepsAConnectionAsTheResponseSays) {
    auto const keeps_alive = [](std::string_view start, std::string_view fields) {
        ResponseReader reader{false};
        reader.read(std::string{start} + " 200 x\r\n" + std::string{fields} + "\r\n");
        return reader.keeps_alive();
    };
    EXPECT_TRUE(keeps_alive("HTTP/1.1", "Content-Length: 0\r\n"));
    EXPECT_TRUE(keeps_alive("HTTP/1.1", "Transfer-Encoding: chunked\r\n"));
    EXPECT_FALSE(keeps_alive("HTTP/1.1", ""));
    EXPECT_FALSE(keeps_alive("HTTP/1.1", "Content-Length: 0\r\nConnection: x, Close\r\n"));
    EXPECT_FALSE(keeps_alive("HTTP/1.0", "Content-Length: 0\r\n"));
    EXPECT_TRUE(keeps_alive("HTTP/1.0", "Content-Length: 0\r\nConnection: keep-alive\r\n"));
    EXPECT_FALSE(keeps_alive("HTTP/1.0", "Connection: keep-alive\r\n"));
}

TEST(ResponseReader, HasBoundsForHeads) {
    auto const with_fields = [](std::size_t count) {
        std::string head = "HTTP/1.1 204 x\r\n";
        for (std::size_t i = 0; i < count; ++i) head += "a: b\r\n";
        return state_after(head + "\r\n");
    };
    EXPECT_EQ(with_fields(256), State::kWhole);
    EXPECT_EQ(with_fields(257), State::kBad);
    std::string const start = "HTTP/1.1 204 x\r\nlong: ";
    EXPECT_EQ(state_after(start + std::string(64 * 1024 - start.size() - 4, 'x') + "\r\n\r\n"), State::kWhole);
    EXPECT_EQ(state_after(start + std::string(64 * 1024 - start.size(), 'x')), State::kBad);
}

// Who waits for more of what is no head waits until time is up.
TEST(ResponseReader, RefusesAtOnceWhatCantBecomeAHead) {
    for (std::string_view const bytes : {"SSH-2.0-x\r\n", "\r\n", "h", "HTTP/2", "HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\rx"})
        EXPECT_EQ(state_after(bytes), State::kBad) << bytes;
    for (std::string_view const bytes : {"", "H", "HTTP/1.", "HTTP/1.1 200 OK\r", "HTTP/1.1 200 OK\r\n"})
        EXPECT_EQ(state_after(bytes), State::kHead) << bytes;
}

TEST(ResponseReader, RefusesWhatIsNoResponse) {
    for (std::string_view const bytes :
         {"nonsense\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
          "HTTP/1.2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
          "HTTP/1.1 200 O\x01K\r\n\r\n", "HTTP/1.1 200 OK\r\n folded\r\n\r\n", "HTTP/1.1 200 OK\r\nspace : x\r\n\r\n",
          "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\x7F\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\r\n \x02\r\n\r\n"}) {
        ResponseReader reader{false};
        reader.read(bytes);
        EXPECT_EQ(reader.state(), State::kBad) << bytes;
    }
}

}  // namespace
}  // namespace warder::gateway
