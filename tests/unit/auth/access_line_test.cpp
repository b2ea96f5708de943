// SPDX-License-Identifier: MIT
#include "auth/access_line.hpp"

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

class AccessLineTest : public testing::Test {
  protected:
    std::string line(http::Request const& request, std::string_view user, std::chrono::microseconds took = {}) {
        testing::internal::CaptureStderr();
        auto const context = tests_.request_context();
        AccessLine const access{context, request};
        tests_.clock().advance(took);
        access.write(404, user);
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

TEST_F(AccessLineTest, IsWrittenOnlyIfEnabled) {
    EXPECT_EQ(line(request("/a"), "alice"), "");
    tests_.writes_access_log = true;
    EXPECT_NE(line(request("/a"), "alice"), "");
}

TEST_F(AccessLineTest, ContainsMethodPathStatusUserAndDuration) {
    tests_.writes_access_log = true;
    EXPECT_THAT(line(request("/a/b"), "alice", std::chrono::microseconds{1500}),
                AllOf(HasSubstr("method=GET"), HasSubstr("path=/a/b"), HasSubstr("status=404"), HasSubstr("user=alice"), HasSubstr("micros=1500")));
    EXPECT_THAT(line(request("/a/b"), ""), Not(HasSubstr("user=")));
}

TEST_F(AccessLineTest, OmitsTheQueryAndEscapesControlCharacters) {
    tests_.writes_access_log = true;
    auto const logged = line(request("/a\x01\xFF\"b?token=secret"), "");
    EXPECT_THAT(logged, AllOf(Not(HasSubstr("secret")), Not(HasSubstr("\x01")), Not(HasSubstr("\xFF"))));
    EXPECT_EQ(logged.find('\n'), logged.size() - 1);
    EXPECT_LT(line(request("/" + std::string(5000, 'x')), "").size(), 600U);
}

TEST_F(AccessLineTest, TruncatesThePathWhereATokenMayBegin) {
    tests_.writes_access_log = true;
    EXPECT_THAT(line(request("/a/eyJ0eXAi.eyJ1c2Vy.c2lnbmF0dXJl/b"), ""),
                AllOf(HasSubstr("path=/a/eyJ "), Not(HasSubstr("0eXAi")), Not(HasSubstr("c2ln"))));
    EXPECT_THAT(line(request("http://h/;eyJ0"), ""), HasSubstr("path=/;eyJ "));
}

}  // namespace
}  // namespace warder::auth
