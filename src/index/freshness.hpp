// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>

namespace warder::index {

/// A clock that never goes back and also runs while the machine is suspended, unlike `std::chrono::steady_clock`: what was
/// read before a suspension is old afterwards. Linux answers it without a system call (vDSO), in the time that
/// `steady_clock` takes.
struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;  // NOLINT(readability-identifier-naming): named by the standard library

    [[nodiscard]] static time_point now() noexcept {
        timespec time{};
        clock_gettime(CLOCK_BOOTTIME, &time);
        return time_point{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
    }
};

/// Since when the token index is known to contain everything that was committed to a store that several nodes share.
/// Nothing is known at first. Any thread may call any method.
class Freshness {
  public:
    using Now = BootClock::time_point (*)() noexcept;

    explicit Freshness(Now source = &BootClock::now) noexcept : now_{source}, made_at_{source()} {}

    /// Records that the index contains everything that was committed before `at`. An earlier time than the last one
    /// changes nothing. Call it after the index was updated.
    /// @param at  when the request was sent whose response proves it, not when the response came: what was committed in
    /// between may be missing.
    void prove(BootClock::time_point at) noexcept {
        auto const time = at.time_since_epoch().count();
        auto known = proven_at_.load(std::memory_order_relaxed);
        while (known < time && !proven_at_.compare_exchange_weak(known, time, std::memory_order_release, std::memory_order_relaxed)) {}
    }

    /// Returns the time to pass to `prove` later.
    [[nodiscard]] BootClock::time_point now() const noexcept { return now_(); }

    /// Returns whether everything that was committed at least this long ago is in the index. A decision that reads the
    /// index after the call may rely on it.
    [[nodiscard]] bool is_within(std::chrono::nanoseconds limit) const noexcept {
        auto const proven_at = proven_at_.load(std::memory_order_acquire);
        return proven_at != kNever && now_().time_since_epoch().count() - proven_at <= limit.count();
    }

    /// Returns how old the index is: the time since the last proof or, if there was none, since this object was made.
    [[nodiscard]] std::chrono::nanoseconds age() const noexcept {
        auto const proven_at = proven_at_.load(std::memory_order_relaxed);
        return now_() - (proven_at == kNever ? made_at_ : BootClock::time_point{BootClock::duration{proven_at}});
    }

  private:
    static constexpr BootClock::rep kNever = std::numeric_limits<BootClock::rep>::min();

    Now now_;
    BootClock::time_point made_at_;
    std::atomic<BootClock::rep> proven_at_{kNever};
};

}  // namespace warder::index
