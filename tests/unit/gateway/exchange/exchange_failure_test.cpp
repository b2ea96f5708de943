// SPDX-License-Identifier: MIT
// What the client and the operator learn when an upstream fails during an exchange.
#include "gateway/live_gateway.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace warder::gateway {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using server::tests::Peer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ExchangeFailure : public tests::LiveGateway {
  protected:
    /// Sends `answer` to a request and closes the connection. @return the client's response.
    std::string answer_and_close(std::string_view answer) {
        auto client = server_.connect();
        client.send(request("GET /a"));
        auto upstream = accept_request();
        upstream.send(answer);
        upstream.close();
        return read_response(client);
    }
};

TEST_F(ExchangeFailure, TlsRecordInsteadOfAResponseIsReportedAsTls) {
    start();
    EXPECT_THAT(answer_and_close("\x15\x03\x01\x00\x02\x02\x46"sv), StartsWith("HTTP/1.1 502 "));
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=protocol"), HasSubstr("speaks TLS, not plain HTTP: use an https:// URL")));
}

TEST_F(ExchangeFailure, OtherBytesInsteadOfAResponseAreReportedAsInvalid) {
    start();
    EXPECT_THAT(answer_and_close("\x15garbage\r\n\r\n"sv), StartsWith("HTTP/1.1 502 "));
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=protocol"), HasSubstr("the upstream's response is invalid: "), Not(HasSubstr("TLS"))));
}

TEST_F(ExchangeFailure, BytesOfAnInvalidResponseReachNeitherClientNorLog) {
    start();
    auto const response = answer_and_close("s3cr3t\r\n\r\n");
    EXPECT_THAT(response, AllOf(StartsWith("HTTP/1.1 502 "), Not(HasSubstr("s3cr3t"))));
    EXPECT_THAT(server_.stop(), Not(HasSubstr("s3cr3t")));
}

TEST_F(ExchangeFailure, ClosingBeforeAResponseIsReportedAsReset) {
    start();
    EXPECT_THAT(answer_and_close(""), StartsWith("HTTP/1.1 502 "));
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=reset"), HasSubstr("closed the connection before it sent a response; if it speaks TLS")));
}

TEST_F(ExchangeFailure, ClosingWithinAHeadIsReportedAsReset) {
    start();
    EXPECT_THAT(answer_and_close("HTTP/1.1 200 OK\r\nContent-Le"), StartsWith("HTTP/1.1 502 "));
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=reset"), HasSubstr("closed the connection before it sent a response")));
}

TEST_F(ExchangeFailure, ResetBeforeAResponseIsDistinguishedFromAClose) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    accept_request().reset();
    EXPECT_THAT(read_response(client), StartsWith("HTTP/1.1 502 "));
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=reset"), HasSubstr("reset the connection before it sent a response")));
}

TEST_F(ExchangeFailure, UnrequestedProtocolSwitchReturns502) {
    start();
    EXPECT_THAT(answer_and_close("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), StartsWith("HTTP/1.1 502 "));
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=protocol"), HasSubstr("switched protocols (101)")));
}

TEST_F(ExchangeFailure, TruncatedBodyIsTruncatedForTheClient) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    upstream.close();
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(client.read_to_end(), "abc");
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=reset"), HasSubstr("closed the connection before its response was complete")));
}

TEST_F(ExchangeFailure, TruncatedChunkedBodyEndsWithoutALastChunk) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    upstream.close();
    static_cast<void>(read_head(client));
    EXPECT_EQ(client.read_to_end(), "3\r\nabc\r\n") << "without the last chunk the client detects the truncation";
    EXPECT_THAT(server_.stop(), HasSubstr("before its response was complete"));
}

TEST_F(ExchangeFailure, MalformedChunkIsReportedAsInvalidBody) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    static_cast<void>(read_head(client));
    EXPECT_EQ(client.read_through("abc\r\n"), "3\r\nabc\r\n");
    upstream.send("ZZ\r\n");
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=protocol"), HasSubstr("the upstream's response is invalid: ")));
}

TEST_F(ExchangeFailure, MissingResponseReturns504AfterResponseTimeout) {
    auto settings = route("/a");
    settings.response_timeout = 100ms;
    start(settings);
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto const upstream = accept_request();
    EXPECT_THAT(read_response(client), StartsWith("HTTP/1.1 504 "));
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=timeout"), HasSubstr("none came within response_timeout (100 ms)")));
}

TEST_F(ExchangeFailure, StalledResponseIsTruncatedAfterIdleTimeout) {
    auto settings = route("/a");
    settings.idle_timeout = 100ms;
    start(settings);
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_THAT(read_head(client), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(client.read_to_end(), "abc");
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=timeout"), HasSubstr("nothing more came within idle_timeout (100 ms)")));
}

TEST_F(ExchangeFailure, StalledRequestBodyReturns504AfterIdleTimeout) {
    auto settings = route("/a");
    settings.idle_timeout = 100ms;
    start(settings);
    auto client = server_.connect();
    std::string const body(std::size_t{64} << 20U, 'x');  // more than the buffers of both connections hold
    client.send(request("POST /a", "Content-Length: " + std::to_string(body.size()) + "\r\n"));
    auto const upstream = accept_request();
    std::thread sender{[&] { client.send(body); }};
    EXPECT_THAT(client.read_through("\r\n\r\n"), StartsWith("HTTP/1.1 504 "));
    sender.join();
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("kind=timeout"), HasSubstr("accepted nothing more of its body within idle_timeout (100 ms)")));
}

TEST_F(ExchangeFailure, ClientDisconnectIsNotReportedAsUpstreamFailure) {
    start();
    auto client = server_.connect();
    client.send(request("GET /a"));
    auto upstream = accept_request();
    client.reset();
    EXPECT_EQ(upstream.read_to_end(), "") << "the gateway gives up";
    EXPECT_THAT(server_.stop(), Not(HasSubstr("upstream_failed")));
}

/// A route whose upstream credential is read from a file.
class RejectedCredential : public ExchangeFailure {
  protected:
    void start_with_credential() {
        auto const file = directory_.path() / "credential";
        std::ofstream{file} << "user:s3cr3t";
        std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        auto settings = route("/a");
        settings.credential = {.kind = UpstreamCredentialSource::Kind::kBasicFile, .header_name = {}, .file = file};
        start(settings);
    }
    warder::tests::TemporaryDirectory directory_;
};

TEST_F(RejectedCredential, ChallengeOfTheUpstreamIsReplacedBy502) {
    start_with_credential();
    for (auto const* status : {"401 Unauthorized", "407 Proxy Authentication Required"}) {
        auto const response =
            answer_and_close("HTTP/1.1 " + std::string{status} + "\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 5\r\n\r\ninner");
        EXPECT_THAT(response, AllOf(StartsWith("HTTP/1.1 502 "), Not(HasSubstr("realm=\"x\"")), Not(HasSubstr("inner")))) << status;
    }
    EXPECT_THAT(server_.stop(),
                AllOf(HasSubstr("kind=credential"), HasSubstr("the upstream answered 401: it rejects the credential of the route's file"),
                      Not(HasSubstr("s3cr3t"))));
}

TEST_F(RejectedCredential, OtherErrorResponsesOfTheUpstreamAreForwarded) {
    start_with_credential();
    EXPECT_THAT(answer_and_close("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\ninner"), AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("inner")));
    EXPECT_THAT(server_.stop(), Not(HasSubstr("upstream_failed")));
}

TEST_F(ExchangeFailure, ChallengeIsForwardedWhereTheGatewayAddsNoCredential) {
    start();
    EXPECT_THAT(answer_and_close("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"),
                AllOf(StartsWith("HTTP/1.1 401 "), HasSubstr("realm=\"x\"")));
}

}  // namespace
}  // namespace warder::gateway
