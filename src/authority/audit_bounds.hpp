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

/// Keeps anybody from filling the audit log. Any thread may call it; nothing blocks.
///
/// Beyond `kApart` events of an actor within a minute, those with an action and target that the minute had already are summed up into one event,
/// written when the minute is over. A user who is no administrator makes at most `kChanges` changes, and one more each second.
class AuditBounds {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::chrono::seconds kWindow{60};
    static constexpr std::size_t kApart = 60;
    static constexpr std::size_t kMostKinds = 4096;  ///< Of actions and targets remembered of an actor; further ones are not summed up.
    static constexpr std::int64_t kChanges = 100'000;

    explicit AuditBounds(Clock const& clock) : clock_{&clock} {}

    /// Whether this event is to be summed up; if so, `add` has to be called once what it tells of holds. Counts the event.
    [[nodiscard]] bool sums_up(AuditEvent const& event);
    void add(AuditEvent event);
    /// Whether this user may make one more change, which is counted.
    [[nodiscard]] bool admit_change(std::string_view user);

    /// Several events of one actor with the same action and target. The address is that of all of them, or none; the time is the last one's.
    struct Sum {
        AuditEvent event;
        std::int64_t count = 0;
    };
    /// The sums of minutes that are over, or all of them.
    [[nodiscard]] std::vector<Sum> take_due();
    [[nodiscard]] std::vector<Sum> take_all();
    /// What could not be written waits again.
    void put_back(std::vector<Sum> const& sums);

    /// The event that tells of these.
    [[nodiscard]] static AuditEvent to_event(Sum const& sum);

  private:
    using Kind = std::pair<std::string, std::string>;  ///< Action and target.
    struct Actor {
        TimePoint window_end{};
        std::size_t events = 0;     ///< In this window.
        std::map<Kind, Sum> kinds;  ///< Those of this window.
        std::int64_t changes = 0;   ///< Made and not yet forgiven by time.
        TimePoint forgiven_until{};
    };
    using Actors = std::map<std::string, Actor, std::less<>>;

    Actor& actor(std::string_view name, TimePoint now);
    static void forgive(Actor& actor, TimePoint now);
    static void merge(Actor& actor, Sum sum);
    static void take(Actor& actor, std::vector<Sum>& into);

    Clock const* clock_;
    std::mutex mutex_;  // of the two below
    Actors actors_;
    std::vector<Sum> due_;  ///< Sums of actors who went on into a further minute.
};

}  // namespace warder::authority
