// SPDX-License-Identifier: MIT
#include "authority/clock_confirmation.hpp"

#include <gtest/gtest.h>

namespace warder::authority {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using State = ClockConfirmation::State;

constexpr Instant kLatest{seconds{1'800'000'000}};

/// A wall clock and a steady clock that a test can set apart.
class DriftingClock final : public Clock {
  public:
    explicit DriftingClock(Instant start) : wall_{start} {}
    [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override { return wall_; }
    [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const noexcept override { return steady_; }

    void advance(seconds by) {
        wall_ += by;
        steady_ += by;
    }
    void set(seconds by) { wall_ += by; }

  private:
    std::chrono::system_clock::time_point wall_;
    std::chrono::steady_clock::time_point steady_{hours{5}};
};

/// Advances both clocks by `time`, and calls observe() each time `every` has passed. @return the state at the end.
State run(ClockConfirmation& confirmation, DriftingClock& clock, seconds time, seconds every = minutes{10}) {
    auto state = State::kConfirmed;
    for (seconds passed{}; passed < time; passed += every) {
        clock.advance(every);
        state = confirmation.observe();
    }
    return state;
}

TEST(ClockConfirmation, ConfirmsATimeWithinADayOfTheLatestImmediately) {
    DriftingClock const clock{kLatest + hours{23}};
    ClockConfirmation confirmation{clock, {.confirmed = kLatest}};
    EXPECT_EQ(confirmation.observe(), State::kConfirmed);
    EXPECT_EQ(confirmation.record(), (ClockRecord{.confirmed = kLatest + hours{23}}));
}

TEST(ClockConfirmation, StaysConfirmedWhileBothClocksAdvanceTogether) {
    DriftingClock clock{kLatest + hours{23}};
    ClockConfirmation confirmation{clock, {.confirmed = kLatest}};
    for (int day = 0; day < 400; ++day) {
        clock.advance(days{1});
        ASSERT_EQ(confirmation.observe(), State::kConfirmed) << day;
    }
    EXPECT_EQ(confirmation.record().confirmed, kLatest + hours{23} + days{400});
}

TEST(ClockConfirmation, ConfirmsATimeBehindTheLatestAndKeepsTheLatestForADay) {
    DriftingClock clock{kLatest - days{1000}};
    ClockConfirmation confirmation{clock, {.confirmed = kLatest}};
    EXPECT_EQ(confirmation.observe(), State::kConfirmed);
    EXPECT_EQ(confirmation.record().confirmed, kLatest);
    EXPECT_EQ(run(confirmation, clock, hours{24}), State::kConfirmed);
    EXPECT_EQ(confirmation.record().confirmed, kLatest - days{999}) << "after a day of agreement the later time is known to have been wrong";
}

TEST(ClockConfirmation, ConfirmsATimeAheadAfterADayOfAgreement) {
    for (auto const ahead : {days{1}, days{400}, days{365 * 14}}) {
        DriftingClock clock{kLatest + ahead};
        ClockConfirmation confirmation{clock, {.confirmed = kLatest}};
        EXPECT_EQ(confirmation.observe(), State::kAhead);
        EXPECT_EQ(confirmation.ahead(), ahead);
        EXPECT_EQ(run(confirmation, clock, hours{24} - minutes{10}), State::kAhead);
        EXPECT_EQ(confirmation.record().confirmed, kLatest);
        EXPECT_EQ(run(confirmation, clock, minutes{10}), State::kConfirmed);
        EXPECT_EQ(confirmation.record().confirmed, kLatest + ahead + hours{24});
    }
}

TEST(ClockConfirmation, ConfirmsAClockThatWasSetAfterADayOfAgreement) {
    for (auto const step : {seconds{61}, seconds{days{365 * 14}}, seconds{-61}, seconds{-days{365 * 14}}}) {
        DriftingClock clock{kLatest};
        ClockConfirmation confirmation{clock, {.confirmed = kLatest}};
        ASSERT_EQ(confirmation.observe(), State::kConfirmed);
        clock.advance(hours{1});
        clock.set(step);
        EXPECT_EQ(confirmation.observe(), State::kSet) << step.count();
        EXPECT_EQ(run(confirmation, clock, hours{24} - minutes{10}), State::kSet);
        EXPECT_EQ(run(confirmation, clock, minutes{10}), State::kConfirmed);
    }
}

TEST(ClockConfirmation, RestartsTheAgreementWhenTheClockIsSetBack) {
    DriftingClock clock{kLatest};
    ClockConfirmation confirmation{clock, {.confirmed = kLatest}};
    ASSERT_EQ(confirmation.observe(), State::kConfirmed);
    clock.set(days{365 * 14});
    EXPECT_EQ(run(confirmation, clock, seconds{10}, seconds{5}), State::kSet);
    clock.set(-days{365 * 14});
    EXPECT_EQ(run(confirmation, clock, hours{23}), State::kSet);
    EXPECT_EQ(confirmation.record().confirmed, kLatest);
    EXPECT_EQ(run(confirmation, clock, hours{1} + minutes{10}), State::kConfirmed) << "from when it was noticed";
}

TEST(ClockConfirmation, TreatsASuspendedMachineAsAClockThatWasSet) {
    DriftingClock clock{kLatest};
    ClockConfirmation confirmation{clock, {.confirmed = kLatest}};
    clock.set(hours{8});  // while the monotonic clock stands still
    EXPECT_EQ(confirmation.observe(), State::kSet);
    EXPECT_EQ(run(confirmation, clock, hours{24}), State::kConfirmed);
}

TEST(ClockConfirmation, ToleratesSmallCorrections) {
    DriftingClock clock{kLatest};
    ClockConfirmation confirmation{clock, {.confirmed = kLatest}};
    for (int i = 0; i < 1000; ++i) {
        clock.advance(seconds{5});
        clock.set(seconds{i % 2 == 0 ? 30 : -30});
        ASSERT_EQ(confirmation.observe(), State::kConfirmed);
    }
}

TEST(ClockConfirmation, NeverConfirmsAFastClockThatDoesNotJump) {
    DriftingClock clock{kLatest + days{2}};
    ClockConfirmation confirmation{clock, {.confirmed = kLatest}};
    for (seconds passed{}; passed < days{3}; passed += seconds{100}) {
        clock.advance(seconds{100});
        clock.set(seconds{1});  // one percent fast
        ASSERT_NE(confirmation.observe(), State::kConfirmed);
    }
}

TEST(ClockConfirmation, AddsUpTheAgreementOverSeveralRunsOfOneClock) {
    DriftingClock clock{kLatest + days{30}};
    ClockRecord record{.confirmed = kLatest};
    for (int runs = 0; runs < 3; ++runs) {
        ClockConfirmation confirmation{clock, record};
        EXPECT_EQ(run(confirmation, clock, hours{7}), State::kAhead);
        record = confirmation.record();
        EXPECT_EQ(record.agreed, hours{7} * (runs + 1));
        clock.advance(hours{12});  // while switched off
    }
    ClockConfirmation confirmation{clock, record};
    EXPECT_EQ(run(confirmation, clock, hours{3}), State::kConfirmed);
}

TEST(ClockConfirmation, IgnoresTheAgreementOfADifferentClock) {
    for (auto const other : {seconds{days{2}}, seconds{days{365 * 10}}, seconds{-days{1}}}) {
        DriftingClock clock{kLatest + days{30} + other};
        ClockConfirmation confirmation{clock, {.confirmed = kLatest, .pending = kLatest + days{30}, .agreed = hours{23}}};
        EXPECT_EQ(run(confirmation, clock, hours{23}), State::kAhead) << other.count();
    }
}

TEST(ClockConfirmation, DoesNotConfirmAWrongClockByItsOwnRecordAfterARestart) {
    DriftingClock clock{kLatest + days{365 * 14}};
    ClockConfirmation first{clock, {.confirmed = kLatest}};
    EXPECT_EQ(first.observe(), State::kAhead);
    clock.advance(seconds{8});
    ClockConfirmation second{clock, first.record()};
    EXPECT_EQ(second.observe(), State::kAhead);
    DriftingClock const right{kLatest + seconds{20}};
    ClockConfirmation third{right, second.record()};
    EXPECT_EQ(third.observe(), State::kConfirmed) << "the clock is right again, and nothing was lost";
}

}  // namespace
}  // namespace warder::authority
