// SPDX-License-Identifier: MIT
#pragma once

#include "warder/ports.hpp"
#include "warder/token.hpp"

#include <chrono>
#include <cstdint>

namespace warder::authority {

/// What is kept from one run of the server to the next about the clock.
struct ClockRecord {
    Instant confirmed{};            ///< The latest time at which the clock was confirmed.
    Instant pending{};              ///< The latest time of a clock that is not confirmed yet.
    std::chrono::seconds agreed{};  ///< How long that clock has agreed with the monotonic clock.

    friend bool operator==(ClockRecord const&, ClockRecord const&) = default;
};

/// Decides whether the wall clock can be trusted with what cannot be undone: deleting what is too old.
///
/// The clock is confirmed if it has advanced with the monotonic clock since the start, and is less than a day ahead of the latest time known from
/// earlier runs plus the time since the start. A clock that is further ahead, or was set meanwhile, is confirmed after 24 hours of agreement with
/// the monotonic clock. A machine that was suspended counts as one whose clock was set. Used by one thread at a time.
class ClockConfirmation {
  public:
    enum class State : std::uint8_t {
        kConfirmed,
        kAhead,  ///< Ahead of what is known from earlier runs.
        kSet,    ///< Set, or the machine was suspended, since the start or since it was last confirmed.
    };
    static constexpr std::chrono::hours kAgreementNeeded{24};
    static constexpr std::chrono::hours kMaxAhead{24};
    static constexpr std::chrono::seconds kTolerance{60};  ///< Between the two clocks, from the start or the last time the clock was set.

    /// @param clock  outlives this. @param record  of the runs before; of a first run the latest time in the store as `confirmed`.
    ClockConfirmation(Clock const& clock, ClockRecord const& record);

    /// Compares the two clocks. Call it before each deletion, every few seconds.
    State observe();
    /// The time when the clock was last observed.
    [[nodiscard]] Instant now() const noexcept { return now_; }
    /// How far the clock was ahead of the latest time known when it was last observed; 0 if it was not.
    [[nodiscard]] std::chrono::seconds ahead() const noexcept;
    /// What the next run needs to know.
    [[nodiscard]] ClockRecord const& record() const noexcept { return record_; }

  private:
    using Wall = std::chrono::system_clock::time_point;
    using Steady = std::chrono::steady_clock::time_point;

    Clock const* clock_;
    ClockRecord record_;
    Instant latest_;  ///< Known at the start.
    Steady start_;
    Wall anchor_wall_;  ///< The two clocks when the agreement began.
    Steady anchor_steady_;
    std::chrono::seconds carried_{};  ///< Agreement of earlier runs.
    Instant now_;
    std::chrono::seconds up_{};
    bool was_set_ = false;
};

}  // namespace warder::authority
