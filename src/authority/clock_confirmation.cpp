// SPDX-License-Identifier: MIT
#include "authority/clock_confirmation.hpp"

#include <algorithm>

namespace warder::authority {

using std::chrono::floor;
using std::chrono::seconds;

ClockConfirmation::ClockConfirmation(Clock const& clock, ClockRecord const& record)
    : clock_{&clock},
      record_{record},
      latest_{record.confirmed},
      start_{clock.steady_now()},
      anchor_wall_{clock.now()},
      anchor_steady_{start_},
      now_{floor<seconds>(anchor_wall_)} {
    // Apparently the same clock as in the previous run. Counting its agreement lets a server purge that never runs for
    // a whole day.
    if (record.agreed > seconds{} && now_ >= record.pending - kTolerance && now_ < record.pending + kMaxAhead) carried_ = record.agreed;
}

ClockConfirmation::State ClockConfirmation::observe() {
    auto const wall = clock_->now();
    auto const steady = clock_->steady_now();
    now_ = floor<seconds>(wall);
    up_ = floor<seconds>(steady - start_);
    // Measured from the anchor, not from the last call, because many small steps are as wrong as a large one.
    auto const drift = (wall - anchor_wall_) - (steady - anchor_steady_);
    if (drift > kTolerance || drift < -kTolerance) {
        anchor_wall_ = wall;
        anchor_steady_ = steady;
        carried_ = {};
        was_set_ = true;
    }
    auto const agreed = std::min<seconds>(carried_ + floor<seconds>(steady - anchor_steady_), kAgreementNeeded);
    bool const has_agreed_long = agreed >= kAgreementNeeded;
    bool const is_confirmed = has_agreed_long || (!was_set_ && now_ < latest_ + up_ + kMaxAhead);
    if (!is_confirmed) {
        record_.pending = now_;
        record_.agreed = agreed;
        return was_set_ ? State::kSet : State::kAhead;
    }
    // After that much agreement, a later time recorded earlier must have been wrong.
    record_ = {.confirmed = has_agreed_long ? now_ : std::max(record_.confirmed, now_), .pending = {}, .agreed = {}};
    return State::kConfirmed;
}

seconds ClockConfirmation::ahead() const noexcept { return std::max(seconds{}, now_ - (latest_ + up_)); }

}  // namespace warder::authority
