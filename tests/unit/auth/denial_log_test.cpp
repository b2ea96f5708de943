// SPDX-License-Identifier: MIT
#include "auth/denial_log.hpp"

#include "log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace warder::auth {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DenialLogTest : public testing::Test {
  protected:
    std::string report(DenialReason reason, std::chrono::seconds at, Surface surface = Surface::kApi) {
        testing::internal::CaptureStderr();
        denials_.report({.surface = surface, .method = "GET", .path = "/a", .user = user_, .token_id = token_id_}, reason, DenialLog::Time{at});
        return testing::internal::GetCapturedStderr();
    }

    log::Logger logger_{log::Level::kInfo, log::Format::kLogfmt};
    DenialLog denials_{logger_, false};
    std::string user_, token_id_;
};

TEST_F(DenialLogTest, WritesReasonSurfaceMethodAndPath) {
    EXPECT_THAT(report(DenialReason::kExpired, {}),
                AllOf(HasSubstr("level=info"), HasSubstr("event=denied"), HasSubstr("reason=expired"), HasSubstr("surface=api"),
                      HasSubstr("method=GET"), HasSubstr("path=/a"), Not(HasSubstr("user=")), Not(HasSubstr("token=")), Not(HasSubstr("client="))));
}

TEST_F(DenialLogTest, WritesUserAndTokenIfTheyAreProven) {
    user_ = "alice";
    token_id_ = "0123";
    EXPECT_THAT(report(DenialReason::kOutOfScope, {}), AllOf(HasSubstr("user=alice"), HasSubstr("token=0123")));
}

TEST_F(DenialLogTest, WritesTheClientIfAddressesAreLogged) {
    DenialLog denials{logger_, true};
    testing::internal::CaptureStderr();
    denials.report({.client = read_address("192.0.2.7").value()}, DenialReason::kExpired, {});
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("client=192.0.2.7"));
}

TEST_F(DenialLogTest, WritesOnlyTheFirstOfAReasonAndSurfaceInAMinute) {
    using std::chrono::seconds;
    EXPECT_NE(report(DenialReason::kExpired, seconds{-100}), "") << "the clock may begin anywhere";
    EXPECT_EQ(report(DenialReason::kExpired, seconds{-41}), "");
    EXPECT_NE(report(DenialReason::kRevoked, seconds{-41}), "");
    EXPECT_NE(report(DenialReason::kExpired, seconds{-41}, Surface::kGateway), "");
    EXPECT_NE(report(DenialReason::kExpired, seconds{-40}), "");
}

TEST_F(DenialLogTest, WritesAllAtLevelDebug) {
    logger_.set_level(log::Level::kDebug);
    EXPECT_THAT(report(DenialReason::kExpired, {}), HasSubstr("level=info"));
    EXPECT_THAT(report(DenialReason::kExpired, {}), HasSubstr("level=debug"));
}

}  // namespace
}  // namespace warder::auth
