// SPDX-License-Identifier: MIT
#include "authority/sign_in/hashing_queue.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <new>
#include <utility>

namespace warder::authority {
namespace {

constexpr std::uint64_t kTurnsOfTheOldest = 4;

}  // namespace

std::optional<HashingQueue::Job> HashingQueue::push(Job job, HashOrigin const& origin, std::size_t capacity, TimePoint now) {
    forget_old_rejections(now);
    auto const known = rejected_.find(origin.address);
    Rank rank{.has_failed_lately = origin.has_failed_lately, .rejections = known == rejected_.end() ? 0 : known->second.count};
    // Allocate first, so that no job is displaced for nothing.
    auto own = std::ranges::find(queues_, origin.address, &AddressQueue::address);
    AddressQueues fresh;
    if (own == queues_.end()) own = fresh.insert(fresh.end(), {.address = origin.address, .rank = {}, .jobs = {}});
    own->jobs.push_back(std::move(job));

    std::optional<Job> displaced;
    if (size_ >= capacity) {
        rank = std::max(rank, own->rank);
        auto const victim = find_victim(own->jobs.size() - 1, rank);
        bool const is_rejected = victim == queues_.end();
        auto& loser = is_rejected ? *own : *victim;
        displaced = std::move(loser.jobs.back());
        loser.jobs.pop_back();
        note_rejection(loser.address, now);
        if (is_rejected) return displaced;
        --size_;
        if (victim->jobs.empty()) queues_.erase(victim);
    }
    own->rank = std::max(own->rank, rank);
    queues_.splice(queues_.end(), fresh);
    ++size_;
    return displaced;
}

/// Returns the queue that loses its newest job to a newcomer whose address has `own_jobs` other jobs; the end if the
/// newcomer is rejected.
HashingQueue::AddressQueues::iterator HashingQueue::find_victim(std::size_t own_jobs, Rank rank) {
    auto const count = [](AddressQueue const& queue) { return queue.jobs.size(); };
    auto const largest = std::ranges::max_element(queues_, {}, count);
    if (largest == queues_.end() || largest->jobs.size() >= own_jobs + 2) return largest;
    if (own_jobs > 0) return queues_.end();
    auto const last = std::ranges::max_element(queues_, {}, &AddressQueue::rank);
    return rank <= last->rank ? last : queues_.end();
}

HashingQueue::AddressQueues::iterator HashingQueue::next() {
    if (++turns_ % kTurnsOfTheOldest == 0) return queues_.begin();
    auto const rank = [](AddressQueue const& queue) { return std::pair{queue.rank, queue.had_turn}; };
    auto best = queues_.begin();
    for (auto queue = std::next(best); queue != queues_.end(); ++queue)
        if (rank(*queue) <= rank(*best)) best = queue;
    return best;
}

void HashingQueue::forget_old_rejections(TimePoint now) noexcept {
    while (!rejected_order_.empty()) {
        auto const oldest = rejected_.find(rejected_order_.front());
        if (rejected_.size() <= kRemembered && now < oldest->second.last + kRememberedFor) return;
        rejected_.erase(oldest);
        rejected_order_.pop_front();
    }
}

/// If memory is short, the rejection is not remembered.
void HashingQueue::note_rejection(IpAddress const& address, TimePoint now) noexcept {
    try {
        auto known = rejected_.find(address);
        if (known == rejected_.end()) {
            std::list<IpAddress> node{address};
            known = rejected_.emplace(address, Rejections{.count = 0, .last = now, .position = node.begin()}).first;
            rejected_order_.splice(rejected_order_.end(), node);
        } else {
            rejected_order_.splice(rejected_order_.end(), rejected_order_, known->second.position);
        }
        known->second.last = now;
        if (known->second.count < std::numeric_limits<std::uint32_t>::max()) ++known->second.count;
    } catch (std::bad_alloc const&) {  // NOLINT(bugprone-empty-catch): see above
    }
}

HashingQueue::Job HashingQueue::pop() {
    auto const queue = next();
    auto job = std::move(queue->jobs.front());
    queue->jobs.pop_front();
    --size_;
    if (queue->jobs.empty()) {
        queues_.erase(queue);
    } else {
        queue->had_turn = true;
        queues_.splice(queues_.end(), queues_, queue);
    }
    return job;
}

std::vector<HashingQueue::Job> HashingQueue::take_all() {
    std::vector<Job> jobs;
    for (auto& queue : queues_)
        for (auto& job : queue.jobs) jobs.push_back(std::move(job));
    queues_.clear();
    size_ = 0;
    return jobs;
}

}  // namespace warder::authority
