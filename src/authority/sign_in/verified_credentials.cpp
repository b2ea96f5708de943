// SPDX-License-Identifier: MIT
#include "authority/sign_in/verified_credentials.hpp"

#include "crypto/secret.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>
#include <span>
#include <utility>

namespace warder::authority {
namespace {

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t word) noexcept {
    hash = (hash ^ word) * 0x9E37'79B9'7F4A'7C15U;
    return hash ^ hash >> 32U;
}

}  // namespace

std::size_t VerifiedCredentials::PairHash::operator()(Pair const& pair) const noexcept {
    std::array<std::uint64_t, 2> words{};
    static_assert(sizeof words == sizeof pair.address);
    std::memcpy(words.data(), pair.address.data(), sizeof words);
    return mix(mix(mix(seed, static_cast<std::uint64_t>(std::to_underlying(pair.user))), words[0]), words[1]);
}

VerifiedCredentials::Entry const* VerifiedCredentials::find(UserId user, IpAddress const& address, TimePoint now) const {
    auto const found = by_pair_.find({.user = user, .address = address});
    return found == by_pair_.end() || found->second->until <= now ? nullptr : &*found->second;
}

VerifiedCredentials::Match VerifiedCredentials::match(UserId user, IpAddress const& address, Mac const& mac, TimePoint now) const {
    auto const* const entry = find(user, address, now);
    if (entry == nullptr || !crypto::equal_in_constant_time(std::as_bytes(std::span{entry->mac}), std::as_bytes(std::span{mac}))) return Match::kNone;
    return now < entry->suspended_until ? Match::kSuspended : Match::kVerified;
}

bool VerifiedCredentials::contains(UserId user, IpAddress const& address, TimePoint now) const { return find(user, address, now) != nullptr; }

void VerifiedCredentials::remember(UserId user, IpAddress const& address, Mac const& mac, TimePoint now) {
    Pair const pair{.user = user, .address = address};
    auto const found = by_pair_.find(pair);
    if (found != by_pair_.end()) {
        // Keep the count of wrong attempts: verifying again must not allow further comparisons.
        entries_.splice(entries_.end(), entries_, found->second);
    } else {
        make_room(now);
        auto& count = entries_of_user_[user];
        entries_.push_back({.pair = pair});
        try {
            by_pair_.emplace(pair, std::prev(entries_.end()));
        } catch (std::bad_alloc const&) {
            entries_.pop_back();
            throw;
        }
        ++count;
    }
    entries_.back().mac = mac;
    entries_.back().until = now + kLifetime;
}

void VerifiedCredentials::count_wrong(UserId user, IpAddress const& address, TimePoint now) {
    auto const found = by_pair_.find({.user = user, .address = address});
    if (found == by_pair_.end()) return;
    auto& entry = *found->second;
    entry.wrong[entry.wrong_count++ % kMaxWrong] = now;
    if (entry.wrong_count < kMaxWrong) return;
    auto const oldest = entry.wrong[entry.wrong_count % kMaxWrong];
    if (now < oldest + kWindow) entry.suspended_until = oldest + kWindow;
}

void VerifiedCredentials::resume(UserId user, IpAddress const& address) {
    if (auto const found = by_pair_.find({.user = user, .address = address}); found != by_pair_.end()) found->second->suspended_until = {};
}

void VerifiedCredentials::make_room(TimePoint now) {
    while (!entries_.empty() && entries_.front().until <= now) erase(entries_.begin());
    if (entries_.size() < capacity_) return;
    // Each new entry costs a password hash, so this search is rare.
    auto const most = std::ranges::max_element(entries_of_user_, {}, [](auto const& user) { return user.second; })->second;
    erase(std::ranges::find_if(entries_, [&](Entry const& entry) { return entries_of_user_.at(entry.pair.user) == most; }));
}

void VerifiedCredentials::erase(Entries::iterator entry) {
    auto const count = entries_of_user_.find(entry->pair.user);
    if (--count->second == 0) entries_of_user_.erase(count);
    by_pair_.erase(entry->pair);
    entries_.erase(entry);
}

}  // namespace warder::authority
