// SPDX-License-Identifier: MIT
// What the whole server answers while it can't prove that its token index is fresh.
#include "server/live_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace warder::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class StaleIndexTest : public testing::Test {
  protected:
    StaleIndexTest() {
        server_.settings().has_ui = true;
        server_.start();
    }

    /// Returns the response to a request on a connection of its own.
    std::string response_to(std::string_view line, std::string const& fields = "", std::string const& body = "") const {
        auto client = server_.connect();
        auto const length = body.empty() ? std::string{} : "Content-Length: " + std::to_string(body.size()) + "\r\n";
        client.send(std::string{line} + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + length + "\r\n" + body);
        return client.read_to_end();
    }
    std::string bearer() { return "Authorization: Bearer " + server_.mint() + "\r\n"; }

    std::string const form_ = "Content-Type: application/x-www-form-urlencoded\r\n";
    std::string const basic_ = "Authorization: Basic YWxpY2U6Y29ycmVjdCBob3JzZQ==\r\n";
    tests::LiveServer server_;
};

auto const kIsUnavailable = AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\nRetry-After: 1\r\n"), HasSubstr(R"("error":"unavailable")"),
                                  HasSubstr("lost contact with its database"));

TEST_F(StaleIndexTest, CallsOfTheManagementApiWithACredentialReturn503) {
    server_.make_index_stale();
    EXPECT_THAT(response_to("GET /v1alpha/whoami", bearer()), kIsUnavailable);
    EXPECT_THAT(response_to("GET /v1alpha/whoami", basic_), kIsUnavailable);
    EXPECT_THAT(response_to("GET /v1alpha/whoami", "Cookie: warder_session=abc\r\n"), kIsUnavailable);
    EXPECT_THAT(response_to("GET /v1alpha/token", basic_), kIsUnavailable);
    EXPECT_THAT(response_to("POST /v1alpha/introspect", basic_ + form_, "token=x"), kIsUnavailable);
    EXPECT_THAT(response_to("POST /v1alpha/revoke", bearer() + form_, "token=x"), kIsUnavailable);
    EXPECT_THAT(response_to("POST /v1alpha/preview", basic_ + "Content-Type: application/json\r\n", "{}"), kIsUnavailable);
    EXPECT_THAT(response_to("POST /v1alpha/session", "Content-Type: application/json\r\n", R"({"username":"alice","password":"correct horse"})"),
                kIsUnavailable);
    EXPECT_THAT(response_to("GET /v1alpha/whoami"), StartsWith("HTTP/1.1 401 ")) << "nothing was presented";
    EXPECT_THAT(server_.stop(), AllOf(HasSubstr("reason=stale_index surface=api"), HasSubstr("user=alice")));
}

TEST_F(StaleIndexTest, DecisionsReturn503UntilTheIndexIsFreshAgain) {
    auto const fields = bearer();
    EXPECT_THAT(response_to("GET /auth", fields), StartsWith("HTTP/1.1 200 "));
    server_.make_index_stale();
    EXPECT_THAT(response_to("GET /auth", fields), AllOf(kIsUnavailable, Not(HasSubstr("X-Warder-User"))));
    EXPECT_THAT(response_to("GET /auth", "Authorization: Bearer x\r\n"), StartsWith("HTTP/1.1 401 "));
    server_.make_index_fresh();
    EXPECT_THAT(response_to("GET /auth", fields), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(server_.stop(), HasSubstr("reason=stale_index surface=decision"));
}

TEST_F(StaleIndexTest, ReadinessIs503AndLivenessIs200) {
    EXPECT_THAT(response_to("GET /healthz/readiness"), StartsWith("HTTP/1.1 200 "));
    server_.make_index_stale();
    for (auto const* path : {"GET /healthz/readiness", "GET /healthz/readyness", "GET /api/healthz/readiness"})
        EXPECT_THAT(response_to(path), kIsUnavailable) << path;
    EXPECT_THAT(response_to("GET /healthz/liveness"), StartsWith("HTTP/1.1 200 "));
    server_.make_index_fresh();
    EXPECT_THAT(response_to("GET /healthz/readiness"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(StaleIndexTest, RevocationOfATokenThatCanNoLongerBeVerifiedReturns503) {
    auto const token = server_.mint();
    server_.make_index_stale_after_one_look();
    EXPECT_THAT(response_to("POST /v1alpha/revoke", "Authorization: Bearer " + token + "\r\n" + form_, "token=" + token), kIsUnavailable)
        << "an unknown token counts as revoked, but this one may be valid";
}

}  // namespace
}  // namespace warder::server
