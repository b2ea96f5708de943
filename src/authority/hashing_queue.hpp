// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <vector>

namespace warder::authority {

/// Who asks for a hash.
struct HashOrigin {
    IpAddress address{};             ///< As the throttle counts it (`ClientAddress::bytes`); all zeros: the machine itself.
    bool has_failed_lately = false;  ///< A password from this address was wrong within the last minute.
};

/// The jobs that wait for a hashing thread, in fair order. Not synchronized.
///
/// Each address has one place, in which its jobs wait behind each other; after each turn the place moves to the end. Addresses without a recent
/// failure go first, among these the newest place: so a crowd that guesses delays nobody who just came and knows the password. Each fourth turn
/// belongs to the place that has waited longest, so that nobody waits forever.
///
/// An address that got no place, or lost it, ranks behind those that did not until a minute has passed, the further the more often: a crowd that is
/// refused and retries at once is no newcomer. An address with a recent failure ranks behind all of these. This is known of `kRemembered` addresses;
/// beyond that, it is forgotten of the one that was refused longest ago.
///
/// When there is no room, the address with the most jobs loses its newest one, if that is at least two more than the newcomer's address has. If every
/// address has one job, the one that ranks last loses it, of several the oldest, unless the newcomer ranks behind it.
class HashingQueue {
  public:
    /// Whether a job is to be done, or only answered because it won't be.
    enum class Fate : std::uint8_t { kRun, kRefuse };
    using Job = std::move_only_function<void(Fate)>;
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::size_t kRemembered = 16'384;  ///< About 2 MB.
    static constexpr std::chrono::minutes kRememberedFor{1};

    /// @param room  how many jobs may wait. @return the job that has no place, if any: this one, or one that it displaced. Throws where memory lacks;
    /// then this job is gone, and all others stay.
    [[nodiscard]] std::optional<Job> push(Job job, HashOrigin const& origin, std::size_t room, TimePoint now);
    /// The job whose turn it is. Only if there is one.
    [[nodiscard]] Job pop();
    [[nodiscard]] std::vector<Job> take_all();

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Addresses that were refused lately.
    [[nodiscard]] std::size_t remembered() const noexcept { return refused_.size(); }

  private:
    struct Rank {
        bool has_failed_lately = false;
        std::uint32_t refusals = 0;
        friend auto operator<=>(Rank const&, Rank const&) = default;
    };
    struct Place {
        IpAddress address{};
        Rank rank;
        bool had_turn = false;  ///< Its first job is not the one that it came with.
        std::deque<Job> jobs;
    };
    using Places = std::list<Place>;
    struct Refusals {
        std::uint32_t count = 0;
        TimePoint last;
        std::list<IpAddress>::iterator place;  ///< In `refused_order_`.
    };

    [[nodiscard]] Places::iterator find_victim(std::size_t own_jobs, Rank rank);
    [[nodiscard]] Places::iterator next();
    void forget_old_refusals(TimePoint now) noexcept;
    void note_refusal(IpAddress const& address, TimePoint now) noexcept;

    // Ordered, since strangers choose their addresses: no choice makes a search slow.
    std::map<IpAddress, Refusals> refused_;
    std::list<IpAddress> refused_order_;  // the one that was refused longest ago first
    Places places_;                       // the one that has waited longest first
    std::size_t size_ = 0;
    std::uint64_t turns_ = 0;
};

}  // namespace warder::authority
