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

std::optional<HashingQueue::Job> HashingQueue::push(Job job, HashOrigin const& origin, std::size_t room, TimePoint now) {
    forget_old_refusals(now);
    auto const known = refused_.find(origin.address);
    Rank rank{.has_failed_lately = origin.has_failed_lately, .refusals = known == refused_.end() ? 0 : known->second.count};
    // Allocate first, so that no one loses a place for nothing.
    auto own = std::ranges::find(places_, origin.address, &Place::address);
    Places fresh;
    if (own == places_.end()) own = fresh.insert(fresh.end(), {.address = origin.address, .rank = {}, .jobs = {}});
    own->jobs.push_back(std::move(job));

    std::optional<Job> displaced;
    if (size_ >= room) {
        rank = std::max(rank, own->rank);
        auto const victim = find_victim(own->jobs.size() - 1, rank);
        bool const is_refused = victim == places_.end();
        auto& loser = is_refused ? *own : *victim;
        displaced = std::move(loser.jobs.back());
        loser.jobs.pop_back();
        note_refusal(loser.address, now);
        if (is_refused) return displaced;
        --size_;
        if (victim->jobs.empty()) places_.erase(victim);
    }
    own->rank = std::max(own->rank, rank);
    places_.splice(places_.end(), fresh);
    ++size_;
    return displaced;
}

/// Returns the place that loses its newest job to a newcomer whose address has `own_jobs` other jobs; the end if the
/// newcomer is refused.
HashingQueue::Places::iterator HashingQueue::find_victim(std::size_t own_jobs, Rank rank) {
    auto const count = [](Place const& place) { return place.jobs.size(); };
    auto const largest = std::ranges::max_element(places_, {}, count);
    if (largest == places_.end() || largest->jobs.size() >= own_jobs + 2) return largest;
    if (own_jobs > 0) return places_.end();
    auto const last = std::ranges::max_element(places_, {}, &Place::rank);
    return rank <= last->rank ? last : places_.end();
}

HashingQueue::Places::iterator HashingQueue::next() {
    if (++turns_ % kTurnsOfTheOldest == 0) return places_.begin();
    auto const rank = [](Place const& place) { return std::pair{place.rank, place.had_turn}; };
    auto best = places_.begin();
    for (auto place = std::next(best); place != places_.end(); ++place)
        if (rank(*place) <= rank(*best)) best = place;
    return best;
}

void HashingQueue::forget_old_refusals(TimePoint now) noexcept {
    while (!refused_order_.empty()) {
        auto const oldest = refused_.find(refused_order_.front());
        if (refused_.size() <= kRemembered && now < oldest->second.last + kRememberedFor) return;
        refused_.erase(oldest);
        refused_order_.pop_front();
    }
}

/// If memory is short, the refusal is not remembered.
void HashingQueue::note_refusal(IpAddress const& address, TimePoint now) noexcept {
    try {
        auto known = refused_.find(address);
        if (known == refused_.end()) {
            std::list<IpAddress> node{address};
            known = refused_.emplace(address, Refusals{.count = 0, .last = now, .place = node.begin()}).first;
            refused_order_.splice(refused_order_.end(), node);
        } else {
            refused_order_.splice(refused_order_.end(), refused_order_, known->second.place);
        }
        known->second.last = now;
        if (known->second.count < std::numeric_limits<std::uint32_t>::max()) ++known->second.count;
    } catch (std::bad_alloc const&) {  // NOLINT(bugprone-empty-catch): see above
    }
}

HashingQueue::Job HashingQueue::pop() {
    auto const place = next();
    auto job = std::move(place->jobs.front());
    place->jobs.pop_front();
    --size_;
    if (place->jobs.empty()) {
        places_.erase(place);
    } else {
        place->had_turn = true;
        places_.splice(places_.end(), places_, place);
    }
    return job;
}

std::vector<HashingQueue::Job> HashingQueue::take_all() {
    std::vector<Job> jobs;
    for (auto& place : places_)
        for (auto& job : place.jobs) jobs.push_back(std::move(job));
    places_.clear();
    size_ = 0;
    return jobs;
}

}  // namespace warder::authority
