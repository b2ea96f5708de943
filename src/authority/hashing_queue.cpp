// SPDX-License-Identifier: MIT
#include "authority/hashing_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace warder::authority {
namespace {

constexpr std::uint64_t kTurnsOfTheOldest = 4;

}  // namespace

std::optional<HashingQueue::Job> HashingQueue::push(Job job, HashOrigin const& origin, std::size_t room) {
    auto own = std::ranges::find(places_, origin.address, &Place::address);
    std::optional<Job> displaced;
    if (size_ >= room) {
        auto const victim = find_victim(own, origin.has_failed_lately);
        if (victim == places_.end()) return job;
        displaced = std::move(victim->jobs.back());
        victim->jobs.pop_back();
        --size_;
        if (victim->jobs.empty()) places_.erase(victim);
    }
    if (own == places_.end()) own = places_.insert(places_.end(), {.address = origin.address, .jobs = {}});
    own->has_failed_lately = own->has_failed_lately || origin.has_failed_lately;
    own->jobs.push_back(std::move(job));
    ++size_;
    return displaced;
}

/// The place that loses its newest job for a newcomer of the place `own`, which may not exist yet; the end if the newcomer has to go.
HashingQueue::Places::iterator HashingQueue::find_victim(Places::iterator own, bool has_failed_lately) {
    auto const count = [](Place const& place) { return place.jobs.size(); };
    auto const largest = std::ranges::max_element(places_, {}, count);
    if (largest == places_.end()) return largest;
    auto const own_jobs = own == places_.end() ? 0 : own->jobs.size();
    if (largest->jobs.size() >= own_jobs + 2) return largest;
    if (own_jobs > 0) return places_.end();
    if (auto const suspect = std::ranges::find_if(places_, &Place::has_failed_lately); suspect != places_.end()) return suspect;
    return has_failed_lately ? places_.end() : places_.begin();
}

HashingQueue::Places::iterator HashingQueue::next() {
    if (++turns_ % kTurnsOfTheOldest == 0) return places_.begin();
    auto const rank = [](Place const& place) { return std::pair{place.has_failed_lately, place.had_turn}; };
    auto best = places_.begin();
    for (auto place = std::next(best); place != places_.end(); ++place)
        if (rank(*place) <= rank(*best)) best = place;
    return best;
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
