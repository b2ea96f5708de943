// SPDX-License-Identifier: MIT
#include "http/response_reader.hpp"

#include "http/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace warder::http {
namespace {

using ResponseState = ResponseReader::State;

/// Passes the bytes as a connection does: unused bytes are passed again, followed by more. @return how many were used.
std::size_t read_in_steps(ResponseReader& reader, std::string_view bytes, std::size_t step) {
    std::size_t used = 0;
    for (std::size_t end = 0; end < bytes.size();) {
        end = std::min(end + step, bytes.size());
        used += reader.read(bytes.substr(used, end - used));
    }
    return used;
}

TEST(ResponseReader, ReadsHeadAndBodyInStepsOfAnySize) {
    std::string_view const bytes = "HTTP/1.1 201 Made Here\r\nX-A:  b \r\nContent-Length: 5\r\n\r\nhello";
    for (std::size_t const step : {1U, 7U, 1000U}) {
        ResponseReader reader{false};
        EXPECT_EQ(read_in_steps(reader, bytes, step), bytes.size());
        ASSERT_EQ(reader.state(), ResponseState::kComplete);
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

/// Returns a description of everything that was parsed.
std::string describe(ResponseReader& reader, std::size_t used) {
    if (reader.state() == ResponseState::kInvalid) return "bad";
    if (reader.state() == ResponseState::kHead) return "not whole yet";
    auto text = std::to_string(reader.status()) + " '" + std::string{reader.reason()} + "'";
    for (auto const& [name, value] : reader.fields()) text += " " + std::string{name} + "='" + std::string{value} + "'";
    text += reader.content_length() ? " of " + std::to_string(*reader.content_length()) : "";
    text += " '" + reader.body() + "'" + (reader.state() == ResponseState::kComplete ? " whole" : "") + (reader.keeps_alive() ? " stays" : "");
    return text + " after " + std::to_string(used);
}

TEST(ResponseReader, ResultDoesNotDependOnWhereTheBytesAreSplit) {
    for (std::string_view const bytes : {
             "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n02\r\nde\r\n0;x\r\nT: u\r\n\r\nmore",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
             "HTTP/1.0 200\r\nA:\r\n \tb\r\n \r\n\tc\r\nB: \t\r\n\r\nup to the end",
             "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
             "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
             "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
             "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n",
             "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello",
             "HTTP/1.1 200 OK\r\nA b\r\n\r\n",
             "HTTP/1.1 200 OK\r\nA: b\r\n",
         }) {
        ResponseReader at_once{false};
        auto const used = at_once.read(bytes);
        auto const expected = describe(at_once, used);
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            ResponseReader reader{false};
            auto count = reader.read(bytes.substr(0, cut));
            if (reader.state() == ResponseState::kHead) {
                ASSERT_EQ(count, 0U);
            }
            count += reader.read(bytes.substr(count));
            EXPECT_EQ(describe(reader, count), expected) << bytes << " cut at " << cut;
        }
        ResponseReader bytewise{false};
        auto const count = read_in_steps(bytewise, bytes, 1);
        EXPECT_EQ(describe(bytewise, count), expected) << bytes;
    }
}

TEST(ResponseReader, JoinsChunks) {
    ResponseReader reader{false};
    std::string_view const bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    EXPECT_EQ(read_in_steps(reader, bytes, 4), bytes.size());
    EXPECT_EQ(reader.state(), ResponseState::kComplete);
    EXPECT_EQ(reader.body(), "abcde");
    EXPECT_FALSE(reader.content_length().has_value());
}

TEST(ResponseReader, RejectsEveryCodingExceptOneChunked) {
    auto const state = [](std::string const& line, std::string const& version = "1.1") {
        ResponseReader reader{false};
        read_in_steps(reader, "HTTP/" + version + " 200 OK\r\n" + line + "\r\n2\r\nab\r\n0\r\n\r\n", 1000);
        return reader.state();
    };
    EXPECT_EQ(state("Transfer-Encoding: Chunked\r\n"), ResponseState::kComplete);
    EXPECT_EQ(state("transfer-encoding:\tchunked \r\n"), ResponseState::kComplete);
    for (auto const* line : {"gzip", "gzip, chunked", "chunked, chunked", "chunked, gzip", "xchunked", "identity", "",
                             "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: gzip"})
        EXPECT_EQ(state("Transfer-Encoding: " + std::string{line} + "\r\n"), ResponseState::kInvalid) << line;
    EXPECT_EQ(state("Transfer-Encoding: chunked\r\n", "1.0"), ResponseState::kInvalid) << "HTTP/1.0 has none";
}

TEST(ResponseReader, DoesNotConsumeTheNextResponse) {
    ResponseReader reader{false};
    std::string_view const first = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    EXPECT_EQ(reader.read(std::string{first} + "HTTP/1.1 408 x\r\n"), first.size());
    EXPECT_EQ(reader.state(), ResponseState::kComplete);
}

TEST(ResponseReader, EndOfConnectionCompletesOnlyABodyWithoutLength) {
    ResponseReader open{false}, cut{false}, silent{false};
    read_in_steps(open, "HTTP/1.1 200 OK\r\n\r\nall", 1000);
    EXPECT_EQ(open.state(), ResponseState::kBody);
    open.end();
    EXPECT_EQ(open.state(), ResponseState::kComplete);
    EXPECT_EQ(open.body(), "all");
    read_in_steps(cut, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 1000);
    cut.end();
    EXPECT_EQ(cut.state(), ResponseState::kInvalid);
    silent.end();
    EXPECT_EQ(silent.state(), ResponseState::kInvalid);
}

TEST(ResponseReader, ExpectsNoBodyInAResponseToHead) {
    for (std::string_view const field : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
        ResponseReader reader{true};
        auto const head = "HTTP/1.1 200 OK\r\n" + std::string{field} + "\r\n";
        EXPECT_EQ(reader.read(head + "5\r\nhello"), head.size()) << field;
        EXPECT_EQ(reader.state(), ResponseState::kComplete) << field;
        EXPECT_TRUE(reader.keeps_alive()) << field;
        EXPECT_EQ(reader.body(), "");
    }
}

ResponseState state_after(std::string_view bytes) {
    ResponseReader reader{false};
    reader.read(bytes);
    return reader.state();
}

TEST(ResponseReader, UnfoldsFoldedHeaders) {
    ResponseReader reader{false};
    read_in_steps(reader, "HTTP/1.1 204 x\r\nX-A: one\r\n \t two \r\n\tthree\r\nX-B:\r\n four\r\n\r\n", 3);
    ASSERT_EQ(reader.state(), ResponseState::kComplete);
    ASSERT_EQ(reader.fields().size(), 2U);
    EXPECT_EQ(reader.fields()[0].value, "one   \t two   \tthree");
    EXPECT_EQ(reader.fields()[1].value, "four");
}

TEST(ResponseReader, UnfoldsThousandsOfFoldedLines) {
    ResponseReader reader{false};
    std::string head = "HTTP/1.1 204 x\r\nX-A: one\r\n";
    while (head.size() < 60'000) head += " \r\n";
    read_in_steps(reader, head + "\ttwo\r\n \r\nX-B: three\r\n\r\n", 1'000'000);
    ASSERT_EQ(reader.state(), ResponseState::kComplete);
    ASSERT_EQ(reader.fields().size(), 2U);
    auto const value = reader.fields()[0].value;
    EXPECT_TRUE(value.starts_with("one  ") && value.ends_with(" \ttwo")) << value.substr(0, 9);
    EXPECT_EQ(value.find_first_not_of(" \t", 3), value.size() - 3);
    EXPECT_EQ(reader.fields()[1].value, "three");
}

TEST(ResponseReader, RejectsFoldingOutsideOfHeaderValues) {
    for (std::string_view const lines :
         {" X-A: b\r\n", "\tX-A: b\r\n", "X-A\r\n : b\r\n", "X-A\r\n\t: b\r\n", " \r\n", "Content-Length: 1\r\n 2\r\n", "Content-Length:\r\n",
          "Transfer-Encoding: chunked\r\n , gzip\r\n", "X-A: b\r\n \x7F\r\n", "X-A: b\r\n c\rd\r\n"})
        EXPECT_EQ(state_after("HTTP/1.1 200 x\r\n" + std::string{lines} + "\r\n"), ResponseState::kInvalid) << lines;
    EXPECT_EQ(state_after("HTTP/1.1 200 x\r\nContent-Length:\r\n 0\r\n \r\n\r\n"), ResponseState::kComplete);
}

TEST(ResponseReader, AcceptsExactlyTheAllowedBytesInNamesValuesAndReasons) {
    for (int c = 0; c < 256; ++c) {
        std::string const byte(1, static_cast<char>(c));
        bool const is_text = c == '\t' || (c >= ' ' && c != 0x7F);
        // Lines long enough that the bytes are compared in blocks of eight.
        auto const in_value = state_after("HTTP/1.1 204 x\r\nX: 0123456789ab" + byte + "cdefghijklmno\r\n\r\n");
        auto const in_reason = state_after("HTTP/1.1 204 0123456789ab" + byte + "cdefghijklmno\r\n\r\n");
        auto const in_name = state_after("HTTP/1.1 204 x\r\nX" + byte + "Y: z\r\n\r\n");
        auto const in_folded = state_after("HTTP/1.1 204 x\r\nX:\r\n 0123456789ab" + byte + "cdefghijklmno\r\n\r\n");
        EXPECT_EQ(in_value, is_text ? ResponseState::kComplete : ResponseState::kInvalid) << c;
        EXPECT_EQ(in_reason, in_value) << c;
        EXPECT_EQ(in_folded, in_value) << c;
        // After a colon, the rest is part of the value.
        EXPECT_EQ(in_name, http::is_token(byte) || c == ':' ? ResponseState::kComplete : ResponseState::kInvalid) << c;
    }
}

TEST(ResponseReader, AcceptsAMissingOrNonAsciiReason) {
    for (std::string_view const line : {"HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200 \xE9t\xE9"})
        EXPECT_EQ(state_after(std::string{line} + "\r\n\r\n"), ResponseState::kBody) << line;
}

TEST(ResponseReader, ExpectsNoBodyForStatusesWithoutOne) {
    for (std::string_view const status : {"100", "101", "103", "204", "304"})
        EXPECT_EQ(state_after("HTTP/1.1 " + std::string{status} + " x\r\nContent-Length: 5\r\n\r\n"), ResponseState::kComplete) << status;
}

TEST(ResponseReader, RejectsAmbiguousBodyLengths) {
    EXPECT_EQ(state_after("HTTP/1.1 200 x\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\nhello"), ResponseState::kComplete);
    for (std::string_view const fields : {"Content-Length: 5\r\nContent-Length: 6\r\n",
                                          "Content-Length: 5, 5\r\n",
                                          "Content-Length: +5\r\n",
                                          "Content-Length: \r\n",
                                          "Content-Length: 5\r\nX: y\r\nContent-Length: 6\r\n",
                                          "Content-Length: -5\r\n",
                                          "Content-Length: -0\r\n",
                                          "Content-Length: 0x5\r\n",
                                          "Content-Length: 5 5\r\n",
                                          "Content-Length: 5;\r\n",
                                          "Content-Length: 5.\r\n",
                                          "Content-Length: 1e1\r\n",
                                          "Content-Length : 5\r\n",
                                          "Content-Length: 5\r\nContent-Length: \r\n",
                                          "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                                          "Transfer-Encoding : chunked\r\n",
                                          "Content-Length: 18446744073709551616\r\n",
                                          "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                                          "Transfer-Encoding: gzip, chunked\r\n",
                                          "Transfer-Encoding: gzip\r\n",
                                          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                          "Transfer-Encoding:\r\n"})
        EXPECT_EQ(state_after("HTTP/1.1 200 x\r\n" + std::string{fields} + "\r\n"), ResponseState::kInvalid) << fields;
    EXPECT_EQ(state_after("HTTP/1.0 200 x\r\nTransfer-Encoding: chunked\r\n\r\n"), ResponseState::kInvalid);
    EXPECT_EQ(state_after("HTTP/1.1 200 x\r\nTransfer-Encoding: CHUNKED\r\n\r\n5\nhello"), ResponseState::kInvalid);
}

TEST(ResponseReader, ReadsContentLengthsUpToTheMaximum) {
    auto const length = [](std::string const& value) {
        ResponseReader reader{false};
        reader.read("HTTP/1.1 200 x\r\ncontent-LENGTH:" + value + "\r\n\r\nabc");
        return reader.state() == ResponseState::kBody ? reader.content_length() : std::nullopt;
    };
    EXPECT_EQ(length("5"), 5U);
    EXPECT_EQ(length(" \t005\t "), 5U);
    EXPECT_EQ(length("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(length("00000000000000000000018446744073709551615"), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(length("18446744073709551616"), std::nullopt);
}

TEST(ResponseReader, RejectsMalformedChunks) {
    for (std::string_view const body : {"x\r\n", "\r\n", "-1\r\n", "+1\r\n", "0x1\r\na\r\n", "10000000000000001\r\na", "1 \r\na", "1\na", "1\r\nab",
                                        "1\r\na\n", "1;\r\na", "1;a=\"\r\na", "0\r\nX\r\n", "0\r\n X: y\r\n", "0\r\nContent-Length: 1\r\n",
                                        "0\r\nX: a\rb\r\n", "1\r\na\r\nffffffffffffffff\r\n", "0\r\n\n"})
        EXPECT_EQ(state_after("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string{body}), ResponseState::kInvalid) << body;
    EXPECT_EQ(state_after("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na"), ResponseState::kBody);
}

TEST(ResponseReader, DropsTrailersAndLimitsTheirSize) {
    std::string const start = "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\n";
    ResponseReader reader{false};
    EXPECT_EQ(read_in_steps(reader, start + "Set-Cookie: a=b\r\n\r\n", 5), start.size() + 19);
    EXPECT_EQ(reader.state(), ResponseState::kComplete);
    EXPECT_EQ(reader.fields().size(), 1U);
    EXPECT_EQ(reader.body(), "x");
    std::string trailers;
    for (int i = 0; i < 5000; ++i) trailers += "X: y\r\n";
    EXPECT_EQ(state_after(start + trailers), ResponseState::kInvalid);
}

TEST(ResponseReader, KeepsAliveAccordingToVersionAndHeaders) {
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
    for (std::string_view const version : {"HTTP/1.0", "HTTP/1.1"})  // close prevails (RFC 9112 §9.3)
        EXPECT_FALSE(keeps_alive(version, "Content-Length: 0\r\nConnection: keep-alive\r\nConnection: close\r\n")) << version;
}

TEST(ResponseReader, LimitsTheNumberOfFieldsAndTheSizeOfHeads) {
    auto const with_fields = [](std::size_t count) {
        std::string head = "HTTP/1.1 204 x\r\n";
        for (std::size_t i = 0; i < count; ++i) head += "a: b\r\n";
        return state_after(head + "\r\n");
    };
    EXPECT_EQ(with_fields(256), ResponseState::kComplete);
    EXPECT_EQ(with_fields(257), ResponseState::kInvalid);
    std::string const start = "HTTP/1.1 204 x\r\nlong: ";
    EXPECT_EQ(state_after(start + std::string(64 * 1024 - start.size() - 4, 'x') + "\r\n\r\n"), ResponseState::kComplete);
    EXPECT_EQ(state_after(start + std::string(64 * 1024 - start.size(), 'x')), ResponseState::kInvalid);
}

// Otherwise the reader would wait for the rest of an invalid head until the timeout.
TEST(ResponseReader, RejectsAPrefixThatCannotBecomeAHeadImmediately) {
    for (std::string_view const bytes : {"SSH-2.0-x\r\n", "\r\n", "h", "HTTP/2", "HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\rx"})
        EXPECT_EQ(state_after(bytes), ResponseState::kInvalid) << bytes;
    for (std::string_view const bytes : {"", "H", "HTTP/1.", "HTTP/1.1 200 OK\r", "HTTP/1.1 200 OK\r\n"})
        EXPECT_EQ(state_after(bytes), ResponseState::kHead) << bytes;
}

TEST(ResponseReader, RejectsMalformedHeads) {
    for (std::string_view const bytes : {"nonsense\r\n\r\n",
                                         "HTTP/2 200 OK\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                                         "HTTP/1.2 200 OK\r\n\r\n",
                                         "HTTP/1.1\r\n\r\n",
                                         "HTTP/1.1 \r\n\r\n",
                                         "HTTP/1.10 200 OK\r\n\r\n",
                                         "HTTP/1.1\t200 OK\r\n\r\n",
                                         "HTTP/1.1 200\tOK\r\n\r\n",
                                         "HTTP/1.1 +20 OK\r\n\r\n",
                                         "HTTP/1.1 2 0 OK\r\n\r\n",
                                         "HTTP/1.1 200OK\r\n\r\n",
                                         "http/1.1 200 OK\r\n\r\n",
                                         "ICY 200 OK\r\n\r\n",
                                         "HTTP/1.1 20 OK\r\n\r\n",
                                         "HTTP/1.1 2000 OK\r\n\r\n",
                                         "HTTP/1.1 099 OK\r\n\r\n",
                                         "HTTP/1.1  200 OK\r\n\r\n",
                                         "HTTP/1.1 200 O\x01K\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nspace : x\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nX: a\x7F\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nX: a\r\n \x02\r\n\r\n"}) {
        ResponseReader reader{false};
        reader.read(bytes);
        EXPECT_EQ(reader.state(), ResponseState::kInvalid) << bytes;
    }
}

}  // namespace
}  // namespace warder::http
