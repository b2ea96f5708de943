// SPDX-License-Identifier: MIT
#include "index/freshness.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace warder::index {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using tests::ManualBootClock;

class FreshnessTest : public testing::Test {
  protected:
    Freshness freshness_{&ManualBootClock::now};
};

TEST_F(FreshnessTest, IsWithinNoLimitBeforeTheFirstProof) {
    EXPECT_FALSE(freshness_.is_within(nanoseconds::max()));
    ManualBootClock::advance(seconds{7});
    EXPECT_EQ(freshness_.age(), seconds{7}) << "since it was made";
}

TEST_F(FreshnessTest, IsWithinALimitUntilItHasPassedSinceTheProof) {
    freshness_.prove(freshness_.now());
    ManualBootClock::advance(seconds{30});
    EXPECT_TRUE(freshness_.is_within(seconds{30}));
    EXPECT_EQ(freshness_.age(), seconds{30});
    ManualBootClock::advance(nanoseconds{1});
    EXPECT_FALSE(freshness_.is_within(seconds{30}));
    freshness_.prove(freshness_.now());
    EXPECT_TRUE(freshness_.is_within(seconds{30}));
}

TEST_F(FreshnessTest, CountsFromTheTimeThatIsProvenNotFromTheCall) {
    auto const sent = freshness_.now();
    ManualBootClock::advance(seconds{31});
    freshness_.prove(sent);
    EXPECT_FALSE(freshness_.is_within(seconds{30})) << "the response took too long to prove anything";
}

TEST_F(FreshnessTest, IgnoresAnEarlierProof) {
    auto const earlier = freshness_.now();
    ManualBootClock::advance(seconds{20});
    freshness_.prove(freshness_.now());
    freshness_.prove(earlier);
    EXPECT_EQ(freshness_.age(), seconds{0});
}

TEST_F(FreshnessTest, KeepsTheLatestOfConcurrentProofs) {
    constexpr int kProofs = 20'000;
    auto const start = freshness_.now();
    {
        std::jthread const odd{[&] {
            for (int i = 1; i < kProofs; i += 2) freshness_.prove(start + nanoseconds{i});
        }};
        std::jthread const even{[&] {
            for (int i = kProofs; i > 0; i -= 2) freshness_.prove(start + nanoseconds{i});
        }};
    }
    ManualBootClock::advance(nanoseconds{kProofs});
    EXPECT_EQ(freshness_.age(), nanoseconds{0});
}

TEST(BootClockTest, RunsAsFastAsTheSteadyClockAndIsNeverBehindIt) {
    auto const steady = std::chrono::steady_clock::now();
    auto const boot = BootClock::now();
    EXPECT_GE(boot.time_since_epoch(), steady.time_since_epoch()) << "it also counts the time in which the machine was suspended";
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    EXPECT_GE(BootClock::now() - boot, std::chrono::milliseconds{2});
}

}  // namespace
}  // namespace warder::index
