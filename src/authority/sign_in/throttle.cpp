// SPDX-License-Identifier: MIT
#include "authority/sign_in/throttle.hpp"

#include "core/rules.hpp"
#include "crypto/secret.hpp"

#include <algorithm>
#include <new>
#include <span>
#include <string>

namespace warder::authority {
namespace {

/// Returns the whole seconds until `moment`, for the client.
std::chrono::seconds wait_until(BadAttempts::TimePoint moment, BadAttempts::TimePoint now) {
    return std::clamp(std::chrono::ceil<std::chrono::seconds>(moment - now), std::chrono::seconds{1}, BadAttempts::kWindow);
}

}  // namespace

ClientAddress ClientAddress::of(IpAddress const& bytes) noexcept {
    ClientAddress address{.bytes = bytes, .full = bytes};
    bool const starts_with_zeros = std::ranges::all_of(std::span{bytes}.first(10), [](auto byte) { return byte == 0; });
    bool const is_mapped = starts_with_zeros && bytes[10] == 0xFF && bytes[11] == 0xFF;
    if (!is_mapped) std::ranges::fill(std::span{address.bytes}.last(8), std::uint8_t{0});
    return address;
}

std::optional<std::chrono::seconds> BadAttempts::retry_after(Key const& key, TimePoint now) {
    forget_old(now);
    auto const found = counters_.find(key);
    if (found == counters_.end()) {
        if (counters_.size() < capacity_ || evictable() != open_.end()) return std::nullopt;
        return full_.empty() ? std::chrono::seconds{1} : wait_until(full_.front().touched + kWindow, now);
    }
    auto& counter = *found->second;
    std::erase_if(counter.bad, [now](TimePoint at) { return at + kWindow <= now; });
    if (counter.bad.size() >= limit_) return wait_until(counter.bad.front() + kWindow, now);
    if (counter.bad.size() + counter.in_flight >= limit_) return std::chrono::seconds{1};  // one in flight may still turn out right
    return std::nullopt;
}

bool BadAttempts::has_bad(Key const& key, TimePoint now) const {
    auto const found = counters_.find(key);
    return found != counters_.end() && !found->second->bad.empty() && now < found->second->bad.back() + kWindow;
}

void BadAttempts::begin(Key const& key, TimePoint now) {
    auto found = counters_.find(key);
    if (found == counters_.end()) {
        if (counters_.size() >= capacity_) {
            if (auto const oldest = evictable(); oldest != open_.end()) erase(oldest);
        }
        open_.push_back({.key = key, .bad = {}});
        try {
            found = counters_.emplace(key, std::prev(open_.end())).first;
        } catch (std::bad_alloc const&) {
            open_.pop_back();
            throw;
        }
    }
    auto& counter = *found->second;
    counter.bad.reserve(counter.bad.size() + counter.in_flight + 1);  // so that `end` doesn't allocate
    ++counter.in_flight;
    touch(found->second, now);
}

void BadAttempts::end(Key const& key, TimePoint now, bool was_bad) noexcept {
    auto const found = counters_.find(key);
    if (found == counters_.end()) return;
    auto const counter = found->second;
    --counter->in_flight;
    if (was_bad) counter->bad.push_back(now);
    if (counter->bad.empty() && counter->in_flight == 0) return erase(counter);
    if (was_bad) touch(counter, now);
}

void BadAttempts::forget_old(TimePoint now) {
    forget_old(open_, now);
    forget_old(full_, now);
}

void BadAttempts::forget_old(Counters& counters, TimePoint now) {
    for (auto counter = counters.begin(); counter != counters.end() && counter->touched + kWindow <= now;) {
        auto const old = counter++;
        if (old->in_flight == 0) erase(old);
    }
}

/// Skips few counters: at most as many attempts are in flight as the hashing queue holds.
BadAttempts::Counters::iterator BadAttempts::evictable() {
    return std::ranges::find_if(open_, [](Counter const& counter) { return counter.in_flight == 0; });
}

void BadAttempts::touch(Counters::iterator counter, TimePoint now) {
    auto& from = counter->is_full ? full_ : open_;
    counter->touched = now;
    counter->is_full = counter->bad.size() >= limit_;
    auto& to = counter->is_full ? full_ : open_;
    to.splice(to.end(), from, counter);
}

void BadAttempts::erase(Counters::iterator counter) {
    counters_.erase(counter->key);
    (counter->is_full ? full_ : open_).erase(counter);
}

Throttle::Ticket::Ticket(Ticket&& other) noexcept
    : throttle_{std::exchange(other.throttle_, nullptr)},
      pair_{other.pair_},
      address_{other.address_},
      has_failed_lately_{other.has_failed_lately_} {}

Throttle::Ticket& Throttle::Ticket::operator=(Ticket&& other) noexcept {
    if (this == &other) return *this;
    if (throttle_ != nullptr) throttle_->end(*this, false);
    throttle_ = std::exchange(other.throttle_, nullptr);
    pair_ = other.pair_;
    address_ = other.address_;
    has_failed_lately_ = other.has_failed_lately_;
    return *this;
}

Throttle::Ticket::~Ticket() {
    if (throttle_ != nullptr) throttle_->end(*this, false);
}

void Throttle::Ticket::resolve(bool is_right) noexcept {
    if (auto* const throttle = std::exchange(throttle_, nullptr)) throttle->end(*this, !is_right);
}

Throttle::Throttle(Clock const& clock, Random& random, std::size_t capacity)
    : clock_{&clock}, hash_key_{crypto::HmacKey::random(random)}, pairs_{kBadPerUserAndAddress, capacity}, addresses_{kBadPerAddress, capacity} {}

std::expected<Throttle::Ticket, std::chrono::seconds> Throttle::admit(std::string_view name, ClientAddress const& address) {
    auto const pair = key_of(address, core::fold_name(name));
    auto const alone = key_of(address, std::nullopt);

    std::lock_guard const lock{mutex_};
    auto const now = clock_->steady_now();
    auto const by_address = addresses_.retry_after(alone, now);
    auto const by_pair = pairs_.retry_after(pair, now);
    if (by_address || by_pair) return std::unexpected{std::max(by_address, by_pair).value()};  // nullopt compares less than any value
    bool const has_failed_lately = addresses_.has_bad(alone, now);
    addresses_.begin(alone, now);
    try {
        pairs_.begin(pair, now);
    } catch (std::bad_alloc const&) {
        addresses_.end(alone, now, false);
        throw;
    }
    return Ticket{*this, pair, alone, has_failed_lately};
}

BadAttempts::Key Throttle::key_of(ClientAddress const& address, std::optional<std::string_view> folded_name) const {
    std::string message;
    message.reserve(address.bytes.size() + 1 + folded_name.value_or("").size());
    message.append(reinterpret_cast<char const*>(address.bytes.data()), address.bytes.size());
    if (folded_name) message.append(1, '=').append(*folded_name);  // the '=' distinguishes an empty name from no name
    auto const mac = hash_key_.sign(message);
    crypto::wipe(message);  // the name may be a password that was typed into the wrong field
    BadAttempts::Key key{};
    std::ranges::copy(std::span{mac}.first(key.size()), key.begin());
    return key;
}

void Throttle::end(Ticket const& ticket, bool was_bad) noexcept {
    std::lock_guard const lock{mutex_};
    auto const now = clock_->steady_now();
    pairs_.end(ticket.pair_, now, was_bad);
    addresses_.end(ticket.address_, now, was_bad);
}

}  // namespace warder::authority
