// SPDX-License-Identifier: MIT
#include "index/registry.hpp"

#include "index/registry_entry.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

namespace warder::index {
namespace {

constexpr std::size_t kFirstCapacity = 1024;

std::uint64_t load_word(std::uint8_t const* bytes) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

/// Returns the XOR of both halves of the product.
std::uint64_t fold_product(std::uint64_t a, std::uint64_t b) noexcept {
    __extension__ using Wide = unsigned __int128;
    auto const product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace

/// What `read` copied of an entry.
struct Registry::Reading {
    Entry const* entry = nullptr;
    User const* user = nullptr;
    std::uint32_t version = 0;
    std::uint64_t end_and_flags = 0;
    std::uint32_t user_and_flags = 0;
    std::array<std::uint64_t, 4> digest{};
};

/// Where to look for an id in the index: from `start` on, for words with `tag`.
struct Registry::Slot {
    std::uint64_t start;
    std::uint32_t tag;
};

/// Linear probing over words of a tag (upper half) and an entry number + 1 (lower half; 0: never used, all ones: a
/// tombstone).
class Registry::Index {
  public:
    static constexpr std::uint32_t kNone = 0;
    static constexpr std::uint32_t kTombstone = 0xFFFF'FFFF;

    explicit Index(std::size_t capacity) : mask_{capacity - 1}, words_{concurrent::make_large_array<std::atomic<std::uint64_t>>(capacity)} {}

    /// Calls `visit(entry number)` for each candidate until it returns true.
    /// @return whether one did.
    template <class Visit>
    bool probe(Slot slot, Visit visit) const noexcept {
        for (auto at = slot.start & mask_;; at = (at + 1) & mask_) {
            auto const word = words_[at].load(std::memory_order_acquire);
            auto const number = static_cast<std::uint32_t>(word);
            if (number == kNone) return false;
            if (number == kTombstone || static_cast<std::uint32_t>(word >> 32U) != slot.tag) continue;
            if (visit(number - 1)) return true;
        }
    }

    void prefetch(Slot slot) const noexcept { __builtin_prefetch(&words_[slot.start & mask_]); }

    // For the writer. The words are atomics because they change while readers use the table, which is const to them.
    void insert(Slot slot, std::uint32_t entry) const noexcept {
        for (auto at = slot.start & mask_;; at = (at + 1) & mask_) {
            auto const number = static_cast<std::uint32_t>(words_[at].load(std::memory_order_relaxed));
            if (number != kNone && number != kTombstone) continue;
            if (number == kNone) ++used_;
            words_[at].store((std::uint64_t{slot.tag} << 32U) | (entry + 1), std::memory_order_release);
            return;
        }
    }
    /// Replaces an entry in place: a reader finds the old or the new one, never neither.
    void replace(Slot slot, std::uint32_t entry, std::uint32_t by) const noexcept {
        overwrite(slot, entry, (std::uint64_t{slot.tag} << 32U) | (by + 1));
    }
    void remove(Slot slot, std::uint32_t entry) const noexcept { overwrite(slot, entry, kTombstone); }
    [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }
    /// Returns whether three quarters of the words are in use, tombstones included. A probe must always reach an unused
    /// word.
    [[nodiscard]] bool is_full() const noexcept { return used_ >= capacity() / 4 * 3; }

  private:
    void overwrite(Slot slot, std::uint32_t entry, std::uint64_t word) const noexcept {
        for (auto at = slot.start & mask_;; at = (at + 1) & mask_) {
            auto const number = static_cast<std::uint32_t>(words_[at].load(std::memory_order_relaxed));
            if (number == kNone) return;
            if (number == entry + 1) return words_[at].store(word, std::memory_order_release);
        }
    }

    std::size_t mask_;
    mutable std::size_t used_ = 0;
    concurrent::LargeArray<std::atomic<std::uint64_t>> words_;
};

Registry::Registry(std::uint64_t seed) : seed_{seed}, index_{std::make_unique<Index const>(kFirstCapacity)} {}

Registry::~Registry() { static_assert(sizeof(Entry) == 64); }

Registry::Slot Registry::slot_of(TokenId const& id) const noexcept {
    // Warder's own ids are random, but imported ones need not be: each bit must affect the whole hash, and the seed
    // prevents chosen collisions.
    auto const half = fold_product(load_word(id.bytes().data()) ^ seed_, load_word(id.bytes().data() + 8) ^ 0x9E37'79B9'7F4A'7C15ULL);
    auto const hash = fold_product(half ^ seed_, 0xBF58'476D'1CE4'E5B9ULL);
    return {.start = hash, .tag = static_cast<std::uint32_t>(hash >> 32U)};
}

void Registry::prefetch(TokenId const& id) const noexcept { index_.read()->prefetch(slot_of(id)); }

/// Reads the entry of a token, all words of which belong together.
std::optional<Registry::Reading> Registry::read(TokenId const& id) const noexcept {
    auto const low = load_word(id.bytes().data());
    auto const high = load_word(id.bytes().data() + 8);
    auto const slot = slot_of(id);

    for (;;) {
        bool is_torn = false;
        auto const releases = releases_.load(std::memory_order_acquire);
        Reading reading;
        auto const is_found = index_.read()->probe(slot, [&](std::uint32_t number) {
            auto const& entry = entries_[number];
            auto const version = entry.version.load(std::memory_order_acquire);
            if (entry.id[0].load(std::memory_order_acquire) != low || entry.id[1].load(std::memory_order_acquire) != high) return false;
            reading.entry = &entry;
            reading.version = version;
            reading.end_and_flags = entry.end_and_flags.load(std::memory_order_acquire);
            reading.user_and_flags = entry.user_and_flags.load(std::memory_order_acquire);
            for (std::size_t i = 0; i < reading.digest.size(); ++i) reading.digest[i] = entry.digest[i].load(std::memory_order_acquire);
            is_torn = version % 2 != 0 || entry.version.load(std::memory_order_relaxed) != version;
            if (!is_torn) reading.user = &users_[Entry::user_in(reading.user_and_flags)];
            return true;
        });
        // If an entry moved during the probe, the count of releases has changed, and a miss means nothing.
        if (!is_found) is_torn = releases_.load(std::memory_order_acquire) != releases;
        if (is_torn) continue;
        return is_found ? std::optional{reading} : std::nullopt;
    }
}

std::optional<Registry::Found> Registry::find(TokenId const& id) const noexcept {
    auto const reading = read(id);
    if (!reading) return std::nullopt;
    auto const& user = *reading->user;
    Found found;
    found.owner = UserId{user.id};
    found.owner_name = {user.name.data(), user.name_length};
    found.ends_at = Instant{std::chrono::seconds{static_cast<std::int64_t>(reading->end_and_flags >> Entry::kEndShift)}};
    std::memcpy(found.digest.data(), reading->digest.data(), sizeof reading->digest);
    found.owner_is_admin = user.is_admin.load(std::memory_order_acquire);
    found.is_edited = (reading->end_and_flags & Entry::kEdited) != 0;
    found.is_disabled = (reading->end_and_flags & Entry::kDisabled) != 0;
    found.is_scoped = (reading->user_and_flags & Entry::kHasGrants) != 0 || user.ceiling.load(std::memory_order_acquire) != PolicyTable::kNone;
    found.is_restricted = (reading->user_and_flags & Entry::kIsRestricted) != 0;
    // Checked last: a deleted user loses the ceiling only after `exists` is cleared.
    return user.exists.load(std::memory_order_acquire) ? std::optional{found} : std::nullopt;
}

std::optional<TokenLimits> Registry::limits(TokenId const& id) const noexcept {
    for (;;) {
        auto const reading = read(id);
        if (!reading) return std::nullopt;
        auto const number = Entry::policy_in(reading->end_and_flags);
        auto policy = policies_.read(number);
        // The number may identify another policy by now; if so, the entry has changed, too.
        if (number != PolicyTable::kNone && reading->entry->version.load(std::memory_order_acquire) != reading->version) continue;
        auto const& user = *reading->user;
        auto const ceiling_number = user.ceiling.load(std::memory_order_acquire);
        auto ceiling = policies_.read(ceiling_number);
        if (user.ceiling.load(std::memory_order_acquire) != ceiling_number) continue;
        // Checked last, as in `find`.
        if (!user.exists.load(std::memory_order_acquire)) return std::nullopt;
        // A limit that can't be read must not grant access.
        if ((number != PolicyTable::kNone && policy.get() == nullptr) || (ceiling_number != PolicyTable::kNone && ceiling.get() == nullptr))
            return std::nullopt;
        return std::optional<TokenLimits>{std::in_place, std::move(policy), std::move(ceiling)};
    }
}

TokenCounts Registry::count(Instant now) const noexcept {
    TokenCounts counts;
    for (std::uint32_t number = 0, size = entries_.size(); number < size; ++number) {
        auto const& entry = entries_[number];
        bool const is_free = entry.id[0].load(std::memory_order_relaxed) == 0 && entry.id[1].load(std::memory_order_relaxed) == 0;
        if (is_free) continue;
        auto const end_and_flags = entry.end_and_flags.load(std::memory_order_relaxed);
        auto const left = std::chrono::seconds{static_cast<std::int64_t>(end_and_flags >> Entry::kEndShift)} - now.time_since_epoch();
        if (left <= left.zero()) {
            ++counts.expired;
        } else if ((end_and_flags & Entry::kDisabled) != 0) {
            ++counts.disabled;
        } else {
            ++counts.live;
            for (std::size_t i = 0; i < counts.ending.size(); ++i) counts.ending[i] += left <= TokenCounts::kWithin[i] ? 1U : 0U;
        }
    }
    return counts;
}

void Registry::write(Entry& entry, authority::LiveToken const& token, std::uint32_t user, std::uint32_t policy) {
    auto const version = entry.version.load(std::memory_order_relaxed);
    entry.version.store(version + 1, std::memory_order_relaxed);
    entry.id[0].store(load_word(token.id.bytes().data()), std::memory_order_release);
    entry.id[1].store(load_word(token.id.bytes().data() + 8), std::memory_order_release);
    for (std::size_t i = 0; i < entry.digest.size(); ++i) entry.digest[i].store(load_word(token.digest.data() + i * 8), std::memory_order_release);
    auto const end = static_cast<std::uint64_t>(std::clamp<std::int64_t>(token.ends_at.time_since_epoch().count(), 0, Entry::kLastEnd));
    auto const flags = (token.is_edited ? Entry::kEdited : 0) | (token.policy.is_enabled ? 0 : Entry::kDisabled);
    entry.end_and_flags.store(end << Entry::kEndShift | std::uint64_t{policy} << Entry::kPolicyShift | flags, std::memory_order_release);
    auto const user_flags = (token.policy.endpoints == nullptr ? 0 : Entry::kHasGrants) | (token.policy.restricts_use() ? Entry::kIsRestricted : 0);
    entry.user_and_flags.store(user | user_flags, std::memory_order_release);
    entry.version.store(version + 2, std::memory_order_release);
}

std::optional<std::uint32_t> Registry::locate(TokenId const& id) const {
    std::optional<std::uint32_t> at;
    index_.read()->probe(slot_of(id), [&](std::uint32_t number) {
        auto const& entry = entries_[number];
        if (entry.id[0].load(std::memory_order_relaxed) != load_word(id.bytes().data())) return false;
        if (entry.id[1].load(std::memory_order_relaxed) != load_word(id.bytes().data() + 8)) return false;
        at = number;
        return true;
    });
    return at;
}

void Registry::put(authority::LiveToken const& token) {
    auto const user = user_slots_.find(static_cast<std::int64_t>(token.owner));
    if (user == user_slots_.end()) return;
    auto const known = locate(token.id);
    // Allocate first, so that nothing is half done if memory is short.
    if (!known) make_room();
    provide_entry();
    auto const previous = known ? Entry::policy_in(entries_[*known].end_and_flags.load(std::memory_order_relaxed)) : PolicyTable::kNone;
    auto const policy = policies_.keep(token.policy, token.id, previous);
    if (policy > PolicyTable::kMost) {
        if (known) forget(*known, token.id);  // better no token than one without its limits
        return;
    }
    // A known token gets a new entry, too, so that its readers don't wait while it is rewritten.
    auto const number = take_entry();
    write(entries_[number], token, user->second, policy);
    if (known) {
        index_.read()->replace(slot_of(token.id), *known, number);
        release_entry(*known);
    } else {
        index_.read()->insert(slot_of(token.id), number);
        live_.fetch_add(1, std::memory_order_relaxed);
    }
    mark_put(number);
}

void Registry::mark_put(std::uint32_t entry) noexcept {
    if (reload_) reload_->entries[entry] = true;
}

/// Makes sure that there is a free entry and a bit for it in the reload.
void Registry::provide_entry() {
    if (free_entries_.empty()) {
        free_entries_.reserve(1);
        free_entries_.push_back(entries_.append());
    }
    if (reload_ && reload_->entries.size() < entries_.size()) reload_->entries.resize(entries_.size());
}

std::uint32_t Registry::take_entry() noexcept {
    auto const number = free_entries_.back();
    free_entries_.pop_back();
    return number;
}

void Registry::release_entry(std::uint32_t number) noexcept {
    // Count before the id disappears: a reader that misses its token here must see the new count. A zero id marks a
    // free entry for loops over all entries.
    releases_.fetch_add(1, std::memory_order_release);
    auto const policy = Entry::policy_in(entries_[number].end_and_flags.load(std::memory_order_relaxed));
    write(entries_[number], authority::LiveToken{}, 0, PolicyTable::kNone);
    policies_.drop(policy);  // only now, when no entry refers to the number
    try {
        free_entries_.push_back(number);
    } catch (std::bad_alloc const&) {  // NOLINT(bugprone-empty-catch): its 64 bytes are not reused then
    }
    if (reload_ && number < reload_->entries.size()) reload_->entries[number] = false;
}

void Registry::forget(std::uint32_t number, TokenId const& id) {
    index_.read()->remove(slot_of(id), number);
    live_.fetch_sub(1, std::memory_order_relaxed);
    release_entry(number);
}

void Registry::erase(TokenId const& id) {
    if (auto const number = locate(id)) forget(*number, id);
}

void Registry::make_room() {
    auto const capacity = index_.read()->capacity();
    if (!index_.read()->is_full()) return;
    // If most words are tombstones, keep the size. The new table is at most half full.
    auto const wanted = size() >= capacity / 2 ? capacity * 2 : capacity;
    auto next = std::make_unique<Index const>(wanted);
    for_each_live([&](std::uint32_t number, TokenId const& id) { next->insert(slot_of(id), number); });
    index_.publish(std::move(next));
}

template <class Visit>
void Registry::for_each_live(Visit visit) const {
    for (std::uint32_t number = 0; number < entries_.size(); ++number) {
        auto const& entry = entries_[number];
        std::array<std::uint64_t, 2> const words{entry.id[0].load(std::memory_order_relaxed), entry.id[1].load(std::memory_order_relaxed)};
        TokenId const id{std::bit_cast<TokenId::Bytes>(words)};
        if (id != TokenId{}) visit(number, id);
    }
}

void Registry::put_user(UserId id, std::string_view name, bool is_admin, Grants const& ceiling) {
    auto const number = static_cast<std::int64_t>(id);
    // Names never change. Another name means another user, from a store that was restored from elsewhere.
    if (auto const other = user_slots_.find(number); other != user_slots_.end()) {
        auto const& user = users_[other->second];
        if (std::string_view{user.name.data(), user.name_length} != name.substr(0, user.name.size())) forget_user(other);
    }
    if (reload_) reload_->users.insert(number);
    auto const [known, is_new] = user_slots_.try_emplace(number, 0);
    if (is_new) {
        try {
            known->second = users_.append();
        } catch (std::exception const&) {
            user_slots_.erase(known);
            throw;
        }
        auto& user = users_[known->second];
        user.id = number;
        user.name_length = static_cast<std::uint8_t>(name.copy(user.name.data(), user.name.size()));
    }
    auto& user = users_[known->second];
    auto const next = policies_.keep({.endpoints = ceiling});
    if (next > PolicyTable::kMost) return user.exists.store(false, std::memory_order_release);  // better no user than one without their ceiling
    auto const previous = user.ceiling.exchange(next, std::memory_order_acq_rel);
    policies_.drop(previous);
    user.is_admin.store(is_admin, std::memory_order_release);
    user.exists.store(true, std::memory_order_release);
}

void Registry::retire(User& user) noexcept {
    user.exists.store(false, std::memory_order_release);
    policies_.drop(user.ceiling.exchange(PolicyTable::kNone, std::memory_order_acq_rel));
}

void Registry::forget_user(std::unordered_map<std::int64_t, std::uint32_t>::iterator known) {
    auto const slot = known->second;
    retire(users_[slot]);
    user_slots_.erase(known);
    for_each_live([&](std::uint32_t number, TokenId const& token) {
        if (Entry::user_in(entries_[number].user_and_flags.load(std::memory_order_relaxed)) == slot) forget(number, token);
    });
}

void Registry::erase_user(UserId id) {
    if (auto const known = user_slots_.find(static_cast<std::int64_t>(id)); known != user_slots_.end()) forget_user(known);
}

void Registry::begin_reload() { reload_.emplace(); }

void Registry::end_reload() {
    if (!reload_) return;
    auto const reload = *std::exchange(reload_, std::nullopt);
    std::erase_if(user_slots_, [&](auto const& user) {
        if (reload.users.contains(user.first)) return false;
        retire(users_[user.second]);
        return true;
    });
    for_each_live([&](std::uint32_t number, TokenId const& token) {
        bool const was_put = number < reload.entries.size() && reload.entries[number];
        auto const& user = users_[Entry::user_in(entries_[number].user_and_flags.load(std::memory_order_relaxed))];
        if (!was_put || !reload.users.contains(user.id)) forget(number, token);
    });
}

}  // namespace warder::index
