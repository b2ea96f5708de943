// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
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
/// When there is no room, the address with the most jobs loses its newest one, if that is at least two more than the newcomer's address has. If every
/// address has one job, the oldest place of an address with a recent failure is lost, else the oldest of all; a newcomer with a recent failure
/// displaces only such.
class HashingQueue {
  public:
    /// Whether a job is to be done, or only answered because it won't be.
    enum class Fate : std::uint8_t { kRun, kRefuse };
    using Job = std::move_only_function<void(Fate)>;

    /// @param room  how many jobs may wait. @return the job that has no place, if any: this one, or one that it displaced.
    [[nodiscard]] std::optional<Job> push(Job job, HashOrigin const& origin, std::size_t room);
    /// The job whose turn it is. Only if there is one.
    [[nodiscard]] Job pop();
    [[nodiscard]] std::vector<Job> take_all();

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

  private:
    struct Place {
        IpAddress address{};
        bool has_failed_lately = false;
        bool had_turn = false;  ///< Its first job is not the one that it came with.
        std::deque<Job> jobs;
    };
    using Places = std::list<Place>;

    [[nodiscard]] Places::iterator find_victim(Places::iterator own, bool has_failed_lately);
    [[nodiscard]] Places::iterator next();

    Places places_;  // the one that has waited longest first
    std::size_t size_ = 0;
    std::uint64_t turns_ = 0;
};

}  // namespace warder::authority
