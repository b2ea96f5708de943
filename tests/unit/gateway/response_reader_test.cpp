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

TEST(ResponseReader, KnowsNoCodingButOneChunked) {
    auto const state = [](std::string const& line, std::string const& version = "1.1") {
        ResponseReader reader{false};
        read_in_steps(reader, "HTTP/" + version + " 200 OK\r\n" + line + "\r\n2\r\nab\r\n0\r\n\r\n", 1000);
        return reader.state();
    };
    EXPECT_EQ(state("Transfer-Encoding: Chunked\r\n"), State::kWhole);
    EXPECT_EQ(state("transfer-encoding:\tchunked \r\n"), State::kWhole);
    for (auto const* line : {"gzip", "gzip, chunked", "chunked, chunked", "chunked, gzip", "xchunked", "identity", "",
                             "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: gzip"})
        EXPECT_EQ(state("Transfer-Encoding: " + std::string{line} + "\r\n"), State::kBad) << line;
    EXPECT_EQ(state("Transfer-Encoding: chunked\r\n", "1.0"), State::kBad) << "HTTP/1.0 has none";
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

TEST(ResponseReader, RefusesWhatIsNoResponse) {
    for (std::string_view const bytes :
         {"nonsense\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"}) {
        ResponseReader reader{false};
        reader.read(bytes);
        EXPECT_EQ(reader.state(), State::kBad) << bytes;
    }
}

}  // namespace
}  // namespace warder::gateway
