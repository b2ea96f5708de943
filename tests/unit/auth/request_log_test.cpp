// SPDX-License-Identifier: MIT
#include "auth/request_log.hpp"

#include "auth/test_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace warder::auth {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class RequestLogTest : public testing::Test {
  protected:
    /// Returns the lines of a request that ends with a 404.
    std::string line(http::Request const& request, std::string_view user = {}, std::chrono::microseconds took = {}) {
        return lines(request, [&](RequestLog& log) {
            log.identify(user);
            tests_.clock().advance(took);
            log.write(404);
        });
    }
    template <class Use>
    std::string lines(http::Request const& request, Use use) {
        testing::internal::CaptureStderr();
        auto const context = tests_.request_context();
        RequestLog log{context, Surface::kDecision, request, {}};
        use(log);
        return testing::internal::GetCapturedStderr();
    }
    static http::Request request(std::string_view target) {
        http::Request result;
        result.method = "GET";
        result.target = target;
        return result;
    }
    auth::tests::TestContext tests_;
};

TEST_F(RequestLogTest, IsWrittenOnlyIfEnabled) {
    EXPECT_EQ(line(request("/a"), "alice"), "");
    tests_.writes_access_log = true;
    EXPECT_NE(line(request("/a"), "alice"), "");
}

TEST_F(RequestLogTest, ContainsMethodPathStatusUserAndDuration) {
    tests_.writes_access_log = true;
    EXPECT_THAT(line(request("/a/b"), "alice", std::chrono::microseconds{1500}),
                AllOf(HasSubstr("method=GET"), HasSubstr("path=/a/b"), HasSubstr("status=404"), HasSubstr("user=alice"), HasSubstr("micros=1500")));
    EXPECT_THAT(line(request("/a/b")), AllOf(Not(HasSubstr("user=")), Not(HasSubstr("token=")), Not(HasSubstr("reason=")), Not(HasSubstr("rpc"))));
}

TEST_F(RequestLogTest, ContainsTokenIdReasonAndRpcMethods) {
    tests_.writes_access_log = true;
    tests_.mint();
    auto const request = RequestLogTest::request("/a");
    EXPECT_THAT(lines(request,
                      [&](RequestLog& log) {
                          authority::VerifiedToken token;
                          token.username = "alice";
                          token.id = tests_.last_id();
                          log.identify(token);
                          log.set_rpc_methods("getbalance,send");
                          auto const response = log.deny({.reason = DenialReason::kOutOfScope});
                          log.write(response.status);
                      }),
                AllOf(HasSubstr("event=denied reason=out_of_scope surface=decision method=GET path=/a user=alice token=" + tests_.last_id().text()),
                      HasSubstr("event=request method=GET path=/a status=403 user=alice token=" + tests_.last_id().text() +
                                " reason=out_of_scope rpc_method=getbalance,send micros=")));
}

TEST_F(RequestLogTest, DeniesTheRequestThatIsAskedAbout) {
    auto const request = RequestLogTest::request("/auth");
    EXPECT_THAT(lines(request, [](RequestLog& log) { EXPECT_EQ(log.deny({.reason = DenialReason::kExpired}, {}, "PUT", "/b?c").status, 401U); }),
                AllOf(HasSubstr("reason=expired surface=decision method=PUT path=/b")));
}

TEST_F(RequestLogTest, OmitsTheQueryAndEscapesControlCharacters) {
    tests_.writes_access_log = true;
    auto const logged = line(request("/a\x01\xFF\"b?token=secret"), "");
    EXPECT_THAT(logged, AllOf(Not(HasSubstr("secret")), Not(HasSubstr("\x01")), Not(HasSubstr("\xFF"))));
    EXPECT_EQ(logged.find('\n'), logged.size() - 1);
    EXPECT_LT(line(request("/" + std::string(5000, 'x')), "").size(), 600U);
}

TEST_F(RequestLogTest, TruncatesThePathWhereATokenMayBegin) {
    tests_.writes_access_log = true;
    EXPECT_THAT(line(request("/a/eyJ0eXAi.eyJ1c2Vy.c2lnbmF0dXJl/b"), ""),
                AllOf(HasSubstr("path=/a/eyJ "), Not(HasSubstr("0eXAi")), Not(HasSubstr("c2ln"))));
    EXPECT_THAT(line(request("http://h/;eyJ0"), ""), HasSubstr("path=/;eyJ "));
}

}  // namespace
}  // namespace warder::auth
