// SPDX-License-Identifier: MIT
#pragma once

#include "warder/audit.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::authority {

/// Limits how much one user can write to the audit log. Any thread may call it; nothing blocks.
///
/// After `kApart` events of an actor within a minute, events whose action and target already occurred in that minute
/// are summed up into one event, which is written when the minute is over. A user who is not an administrator may make
/// `kChanges` changes, plus one per second.
class AuditBounds {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::chrono::seconds kWindow{60};
    static constexpr std::size_t kApart = 60;
    static constexpr std::size_t kMostKinds = 4096;  ///< (Action, target) pairs remembered per actor; events of further pairs are not summed up.
    static constexpr std::int64_t kChanges = 100'000;

    explicit AuditBounds(Clock const& clock) : clock_{&clock} {}

    /// Counts the event and returns whether it is to be summed up. If so, call `add` once its change is durable.
    [[nodiscard]] bool sums_up(AuditEvent const& event);
    void add(AuditEvent event);
    /// Counts a change by the user and returns whether it is allowed.
    [[nodiscard]] bool admit_change(std::string_view user);

    /// Several events of one actor with the same action and target. The address is set if all of them share it; the
    /// time is that of the latest.
    struct Sum {
        AuditEvent event;
        std::int64_t count = 0;
    };
    /// Removes and returns the sums of the minutes that are over. `take_all` returns all sums.
    [[nodiscard]] std::vector<Sum> take_due();
    [[nodiscard]] std::vector<Sum> take_all();
    /// Keeps sums that could not be written for the next call.
    void put_back(std::vector<Sum> const& sums);

    /// Returns the event to write for a sum.
    [[nodiscard]] static AuditEvent to_event(Sum const& sum);

  private:
    using Kind = std::pair<std::string, std::string>;  ///< Action and target.
    struct Actor {
        TimePoint window_end{};
        std::size_t events = 0;     ///< In the current window.
        std::map<Kind, Sum> kinds;  ///< In the current window.
        std::int64_t changes = 0;   ///< Counted changes, minus one per second since.
        TimePoint forgiven_until{};
    };
    using Actors = std::map<std::string, Actor, std::less<>>;

    Actor& actor(std::string_view name, TimePoint now);
    static void forgive(Actor& actor, TimePoint now);
    static void merge(Actor& actor, Sum sum);
    static void take(Actor& actor, std::vector<Sum>& into);

    Clock const* clock_;
    std::mutex mutex_;  // guards the two members below
    Actors actors_;
    std::vector<Sum> due_;  ///< Sums of earlier windows of actors who started a new one.
};

}  // namespace warder::authority
