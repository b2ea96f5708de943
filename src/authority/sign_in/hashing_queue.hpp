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

/// Who requests a hash.
struct HashOrigin {
    IpAddress address{};             ///< As the throttle counts it (`ClientAddress::bytes`); all zeros: the machine itself.
    bool has_failed_lately = false;  ///< A password from this address was wrong within the last minute.
};

/// The jobs that wait for a hashing thread, in fair order. Not synchronized.
///
/// Each address has one queue, which holds its jobs in order; after each turn, the queue moves to the end. Addresses
/// without a recent failure go first, and among these the newest queue, so that a crowd of guessers doesn't delay a
/// newcomer who knows the password. Every fourth turn goes to the queue that has waited longest, so that no one waits
/// forever.
///
/// An address that was rejected or displaced ranks behind those that were not until a minute has passed; the more often,
/// the further behind. A crowd that is rejected and retries at once therefore doesn't count as new. An address with a
/// recent failure ranks behind all of these. Rejections are remembered for `kRemembered` addresses; beyond that, the
/// address that was rejected longest ago is forgotten.
///
/// When the queue is full, the address with the most jobs loses its newest one, if it has at least two more than the
/// newcomer's address. If every address has one job, the one that ranks last loses it (the oldest of several), unless
/// the newcomer ranks behind it.
class HashingQueue {
  public:
    /// Whether to run a job, or to answer it with a rejection.
    enum class JobAction : std::uint8_t { kRun, kReject };
    using Job = std::move_only_function<void(JobAction)>;
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::size_t kRemembered = 16'384;  ///< About 2 MB.
    static constexpr std::chrono::minutes kRememberedFor{1};

    /// Adds a job. Throws `std::bad_alloc`; this job is then destroyed, and all others stay.
    /// @param capacity  how many jobs may wait.
    /// @return the job that is rejected, if any: this one, or one that it displaced.
    [[nodiscard]] std::optional<Job> push(Job job, HashOrigin const& origin, std::size_t capacity, TimePoint now);
    /// Removes and returns the job whose turn it is. The queue must not be empty.
    [[nodiscard]] Job pop();
    [[nodiscard]] std::vector<Job> take_all();

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Returns the number of addresses that were rejected recently.
    [[nodiscard]] std::size_t remembered() const noexcept { return rejected_.size(); }

  private:
    struct Rank {
        bool has_failed_lately = false;
        std::uint32_t rejections = 0;
        friend auto operator<=>(Rank const&, Rank const&) = default;
    };
    struct AddressQueue {
        IpAddress address{};
        Rank rank;
        bool had_turn = false;  ///< Its first job is not the one that the queue was created for.
        std::deque<Job> jobs;
    };
    using AddressQueues = std::list<AddressQueue>;
    struct Rejections {
        std::uint32_t count = 0;
        TimePoint last;
        std::list<IpAddress>::iterator position;  ///< In `rejected_order_`.
    };

    [[nodiscard]] AddressQueues::iterator find_victim(std::size_t own_jobs, Rank rank);
    [[nodiscard]] AddressQueues::iterator next();
    void forget_old_rejections(TimePoint now) noexcept;
    void note_rejection(IpAddress const& address, TimePoint now) noexcept;

    // Ordered, because clients choose their addresses, and no choice may make a lookup slow.
    std::map<IpAddress, Rejections> rejected_;
    std::list<IpAddress> rejected_order_;  // least recently rejected first
    AddressQueues queues_;                 // longest waiting first
    std::size_t size_ = 0;
    std::uint64_t turns_ = 0;
};

}  // namespace warder::authority
