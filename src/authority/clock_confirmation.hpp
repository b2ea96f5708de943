// SPDX-License-Identifier: MIT
#pragma once

#include "warder/ports.hpp"
#include "warder/token.hpp"

#include <chrono>
#include <cstdint>

namespace warder::authority {

/// What one run of the server records about the clock for the next.
struct ClockRecord {
    Instant confirmed{};            ///< The latest time at which the clock was confirmed.
    Instant pending{};              ///< The latest time of a clock that is not confirmed yet.
    std::chrono::seconds agreed{};  ///< How long that clock has agreed with the monotonic clock.

    friend bool operator==(ClockRecord const&, ClockRecord const&) = default;
};

/// Decides whether the wall clock can be trusted for an irreversible action: deleting what is too old.
///
/// The clock is confirmed if it has advanced with the monotonic clock since the start, and is less than a day ahead of
/// the latest time known from earlier runs plus the time since the start. A clock that is further ahead, or was set in
/// the meantime, is confirmed after 24 hours of agreement with the monotonic clock. Suspending the machine counts as
/// setting the clock. Used by one thread at a time.
class ClockConfirmation {
  public:
    enum class State : std::uint8_t {
        kConfirmed,
        kAhead,  ///< Ahead of the latest time known from earlier runs.
        kSet,    ///< Set, or the machine was suspended, since the start or since the last confirmation.
    };
    static constexpr std::chrono::hours kAgreementNeeded{24};
    static constexpr std::chrono::hours kMaxAhead{24};
    static constexpr std::chrono::seconds kTolerance{60};  ///< Between the two clocks, since the start or since the clock was last set.

    /// @param clock  must outlive this object.
    /// @param record  of the previous run; for the first run, the latest time in the store as `confirmed`.
    ClockConfirmation(Clock const& clock, ClockRecord const& record);

    /// Compares the two clocks. Call it every few seconds and before each deletion.
    State observe();
    /// Returns the time of the last call of `observe`.
    [[nodiscard]] Instant now() const noexcept { return now_; }
    /// Returns how far the clock was ahead of the latest known time at the last call of `observe`; 0 if it was not
    /// ahead.
    [[nodiscard]] std::chrono::seconds ahead() const noexcept;
    /// Returns the record for the next run.
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
    std::chrono::seconds carried_{};  ///< Agreement from earlier runs.
    Instant now_;
    std::chrono::seconds up_{};
    bool was_set_ = false;
};

}  // namespace warder::authority
