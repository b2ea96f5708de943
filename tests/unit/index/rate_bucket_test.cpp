// SPDX-License-Identifier: MIT
#include "index/rate_bucket.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string_view>
#include <thread>
#include <vector>

namespace warder::index {
namespace {

using namespace std::chrono_literals;

RateLimit limit(std::string_view text) { return RateLimit::parse(text).value(); }

RateBucket::Time at(std::chrono::nanoseconds since) { return RateBucket::Time{1h + since}; }

/// Takes until nothing is left. @return how many requests were taken.
int drain(RateBucket& bucket, RateBucket::Time now, int most = 2'000'000) {
    int taken = 0;
    while (taken < most && bucket.take(now) == 0ns) ++taken;
    return taken;
}

TEST(RateBucket, IsFullAtFirst) {
    for (auto const* const text :
         {"1/second", "7/second", "999999/second", "1000000/second", "3/minute", "1000000/minute", "7/hour", "1/day", "999983/day"}) {
        RateBucket bucket{limit(text)};
        EXPECT_EQ(bucket.wait(at(0s)), 0ns);
        EXPECT_EQ(drain(bucket, at(0s)), static_cast<int>(limit(text).count)) << text;
        EXPECT_GT(bucket.wait(at(0s)), 0ns);
    }
}

TEST(RateBucket, IsRefilledEvenly) {
    RateBucket bucket{limit("60/minute")};
    EXPECT_EQ(drain(bucket, at(0s)), 60);
    EXPECT_EQ(bucket.take(at(0s)), 1s);
    EXPECT_EQ(bucket.take(at(400ms)), 600ms);
    EXPECT_EQ(bucket.take(at(1s)), 0ns);
    EXPECT_EQ(bucket.take(at(1s)), 1s);
    EXPECT_EQ(drain(bucket, at(11s)), 10);
    EXPECT_EQ(drain(bucket, at(10h)), 60) << "no more than it holds";
}

TEST(RateBucket, NeverLetsMorePassThanTheLimit) {
    for (auto const* const text : {"7/second", "333333/second", "7/minute"}) {
        RateBucket bucket{limit(text)};
        auto const period = std::chrono::nanoseconds{limit(text).period()};
        auto passed = drain(bucket, at(0s));
        constexpr int kSteps = 1000;
        for (int step = 1; step <= kSteps; ++step) passed += drain(bucket, at(period * step / kSteps));
        EXPECT_LE(passed, 2 * static_cast<int>(limit(text).count)) << text;
        EXPECT_GE(passed, static_cast<int>(2 * 0.999 * limit(text).count) - 1) << text;
    }
}

TEST(RateBucket, WaitTakesNothing) {
    RateBucket bucket{limit("1/hour")};
    for (int i = 0; i < 10; ++i) EXPECT_EQ(bucket.wait(at(0s)), 0ns);
    EXPECT_EQ(bucket.take(at(0s)), 0ns);
    EXPECT_EQ(bucket.wait(at(0s)), 1h);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(bucket.take(at(30min)), 30min) << "a request that is denied takes nothing";
    EXPECT_EQ(bucket.take(at(1h)), 0ns);
}

TEST(RateBucket, GivesBackNoMoreThanWasTaken) {
    RateBucket bucket{limit("2/hour")};
    bucket.give_back(at(0s));
    EXPECT_EQ(drain(bucket, at(0s)), 2);
    bucket.give_back(at(0s));
    EXPECT_EQ(drain(bucket, at(0s)), 1);
    for (int i = 0; i < 10; ++i) bucket.give_back(at(0s));
    EXPECT_EQ(drain(bucket, at(0s)), 2);
    EXPECT_EQ(bucket.wait(at(0s)), 30min);
}

TEST(RateBucket, WorksAtBothEndsOfTheClock) {
    for (auto const now : {RateBucket::Time::min(), RateBucket::Time{}, RateBucket::Time::max()}) {
        RateBucket bucket{limit("2/day")};
        EXPECT_EQ(drain(bucket, now), 2);
        EXPECT_EQ(bucket.wait(now), 12h);
        bucket.give_back(now);
        EXPECT_EQ(drain(bucket, now), 1);
    }
}

TEST(RateBucket, LetsExactlyAsManyThreadsPassAsItHolds) {
    RateBucket bucket{limit("10000/day")};
    std::atomic<int> passed{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int attempt = 0; attempt < 5000; ++attempt) {
                if (bucket.wait(at(0s)) == 0ns && bucket.take(at(0s)) == 0ns) ++passed;
                if (attempt % 7 == 0 && bucket.take(at(0s)) == 0ns) bucket.give_back(at(0s));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    passed += drain(bucket, at(0s));
    EXPECT_EQ(passed, 10'000);
}

}  // namespace
}  // namespace warder::index
