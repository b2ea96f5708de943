// SPDX-License-Identifier: MIT
#include "gateway/upstream/failure_log.hpp"

#include "log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace warder::gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class FailureLogTest : public testing::Test {
  protected:
    /// Reports a failure and returns what was logged.
    std::string report(std::string_view route, FailureCause cause, std::chrono::seconds at) {
        testing::internal::CaptureStderr();
        log::Logger logger{log::Level::kInfo, log::Format::kLogfmt};
        failures_.report(logger, route, {.cause = cause, .reason = "why"}, FailureLog::Time{} + at);
        return testing::internal::GetCapturedStderr();
    }
    FailureLog failures_;
};

TEST_F(FailureLogTest, LogsRouteKindAndReason) {
    EXPECT_THAT(report("/a", FailureCause::kRefused, 1s), HasSubstr("level=warning event=upstream_failed route=/a kind=connect reason=why\n"));
}

TEST_F(FailureLogTest, LogsOncePerMinuteWithTheNumberSuppressed) {
    EXPECT_NE(report("/a", FailureCause::kRefused, 0s), "");
    EXPECT_EQ(report("/a", FailureCause::kRefused, 1s), "");
    EXPECT_EQ(report("/a", FailureCause::kRefused, 59s), "");
    EXPECT_THAT(report("/a", FailureCause::kRefused, 60s), HasSubstr("reason=why suppressed=2\n"));
    EXPECT_EQ(report("/a", FailureCause::kRefused, 61s), "");
    EXPECT_THAT(report("/a", FailureCause::kRefused, 120s), HasSubstr("suppressed=1\n"));
}

TEST_F(FailureLogTest, LimitsEachRouteAndCauseSeparately) {
    EXPECT_NE(report("/a", FailureCause::kRefused, 0s), "");
    EXPECT_NE(report("/b", FailureCause::kRefused, 0s), "");
    EXPECT_NE(report("/a", FailureCause::kNoSuchHost, 0s), "");
}

TEST_F(FailureLogTest, EveryCauseHasAKindAndAMessage) {
    for (std::size_t i = 0; i < kFailureCauses; ++i) {
        auto const cause = static_cast<FailureCause>(i);
        EXPECT_NE(code(kind_of(cause)), "");
        EXPECT_THAT(std::string{client_message(cause)}, testing::EndsWith("."));
    }
}

TEST_F(FailureLogTest, ForgetsRemovedRoutes) {
    EXPECT_NE(report("/a", FailureCause::kRefused, 0s), "");
    EXPECT_NE(report("/b", FailureCause::kRefused, 0s), "");
    RouteSettings kept;
    kept.prefix = "/b";
    failures_.keep_only(RouteTable::make({kept}).value());
    EXPECT_NE(report("/a", FailureCause::kRefused, 1s), "") << "a route with this prefix is a different route now";
    EXPECT_EQ(report("/b", FailureCause::kRefused, 1s), "");
}

}  // namespace
}  // namespace warder::gateway
