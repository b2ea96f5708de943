// SPDX-License-Identifier: MIT
#include "index/registry.hpp"

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

// A sequence lock without fences: every word is stored with release and loaded with acquire, so a reader that saw one
// new word also sees the odd version when it checks again. On x86-64 these are plain moves.
struct Registry::Entry {
    static constexpr std::uint64_t kEdited = 1;
    static constexpr unsigned kGrantsShift = 1;
    static constexpr unsigned kEndShift = 26;
    static_assert(GrantTable::kMost < std::uint64_t{1} << (kEndShift - kGrantsShift));
    static constexpr std::int64_t kLastEnd = (std::int64_t{1} << (64 - kEndShift)) - 1;  // in the year 10680; `exp` ends in 9999

    std::atomic<std::uint32_t> version{0};
    std::atomic<std::uint32_t> user{0};
    std::atomic<std::uint64_t> end_and_flags{0};  // from the most significant bit: seconds, number of the grants, whether it was edited
    std::array<std::atomic<std::uint64_t>, 2> id{};
    std::array<std::atomic<std::uint64_t>, 4> digest{};
};

struct Registry::User {
    std::atomic<bool> exists{false};
    std::atomic<bool> is_admin{false};
    std::atomic<std::uint32_t> ceiling{GrantTable::kNone};
    std::int64_t id = 0;  // this, the name and its length are written once, before any token refers to the user
    std::uint8_t name_length = 0;
    std::array<char, 64> name{};
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

    explicit Index(std::size_t capacity) : mask_{capacity - 1}, words_{std::make_unique<std::atomic<std::uint64_t>[]>(capacity)} {}

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
    std::unique_ptr<std::atomic<std::uint64_t>[]> words_;
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

std::optional<Registry::Found> Registry::find(TokenId const& id) const noexcept {
    auto const low = load_word(id.bytes().data());
    auto const high = load_word(id.bytes().data() + 8);
    auto const slot = slot_of(id);

    for (bool is_torn = true; is_torn;) {
        is_torn = false;
        auto const releases = releases_.load(std::memory_order_acquire);
        auto const index = index_.read();
        Found found;
        User const* user = nullptr;
        Entry const* read_entry = nullptr;
        std::uint32_t read_version = 0;
        auto grants = GrantTable::kNone;
        auto const is_found = index->probe(slot, [&](std::uint32_t number) {
            auto const& entry = entries_[number];
            auto const version = entry.version.load(std::memory_order_acquire);
            if (entry.id[0].load(std::memory_order_acquire) != low || entry.id[1].load(std::memory_order_acquire) != high) return false;
            auto const end_and_flags = entry.end_and_flags.load(std::memory_order_acquire);
            auto const user_number = entry.user.load(std::memory_order_acquire);
            std::array<std::uint64_t, 4> digest{};
            for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = entry.digest[i].load(std::memory_order_acquire);
            is_torn = version % 2 != 0 || entry.version.load(std::memory_order_relaxed) != version;
            if (is_torn) return true;

            user = &users_[user_number];
            read_entry = &entry;
            read_version = version;
            found.ends_at = Instant{std::chrono::seconds{static_cast<std::int64_t>(end_and_flags >> Entry::kEndShift)}};
            found.is_edited = (end_and_flags & Entry::kEdited) != 0;
            grants = static_cast<std::uint32_t>(end_and_flags >> Entry::kGrantsShift) & GrantTable::kMost;
            std::memcpy(found.digest.data(), digest.data(), sizeof digest);
            return true;
        });
        // If an entry moved during the probe, the count of releases has changed, and a miss means nothing.
        if (!is_found) is_torn = releases_.load(std::memory_order_acquire) != releases;
        if (is_torn) continue;
        if (!is_found) return std::nullopt;

        found.owner = UserId{user->id};
        found.owner_name = {user->name.data(), user->name_length};
        found.owner_is_admin = user->is_admin.load(std::memory_order_acquire);
        found.endpoints = grants_.read(grants);
        // The number may stand for another list by now; if so, the entry has changed, too.
        is_torn = grants != GrantTable::kNone && read_entry->version.load(std::memory_order_acquire) != read_version;
        if (is_torn) continue;
        auto const ceiling = user->ceiling.load(std::memory_order_acquire);
        found.ceiling = grants_.read(ceiling);
        is_torn = user->ceiling.load(std::memory_order_acquire) != ceiling;
        if (is_torn) continue;
        // Checked last: a deleted user loses the ceiling only after `exists` is cleared.
        if (!user->exists.load(std::memory_order_acquire)) return std::nullopt;
        // A limit that can't be read must not grant access.
        if ((grants != GrantTable::kNone && found.endpoints == nullptr) || (ceiling != GrantTable::kNone && found.ceiling == nullptr))
            return std::nullopt;
        return found;
    }
    return std::nullopt;
}

void Registry::write(Entry& entry, authority::LiveToken const& token, std::uint32_t user, std::uint32_t grants) {
    auto const version = entry.version.load(std::memory_order_relaxed);
    entry.version.store(version + 1, std::memory_order_relaxed);
    entry.id[0].store(load_word(token.id.bytes().data()), std::memory_order_release);
    entry.id[1].store(load_word(token.id.bytes().data() + 8), std::memory_order_release);
    for (std::size_t i = 0; i < entry.digest.size(); ++i) entry.digest[i].store(load_word(token.digest.data() + i * 8), std::memory_order_release);
    auto const end = static_cast<std::uint64_t>(std::clamp<std::int64_t>(token.ends_at.time_since_epoch().count(), 0, Entry::kLastEnd));
    entry.end_and_flags.store(end << Entry::kEndShift | std::uint64_t{grants} << Entry::kGrantsShift | (token.is_edited ? Entry::kEdited : 0),
                              std::memory_order_release);
    entry.user.store(user, std::memory_order_release);
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
    auto const grants = grants_.keep(token.endpoints);
    if (grants > GrantTable::kMost) {
        if (known) forget(*known, token.id);  // better no token than one without its grants
        return;
    }
    // A known token gets a new entry, too, so that its readers don't wait while it is rewritten.
    auto const number = take_entry();
    write(entries_[number], token, user->second, grants);
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
    auto const grants = static_cast<std::uint32_t>(entries_[number].end_and_flags.load(std::memory_order_relaxed) >> Entry::kGrantsShift);
    write(entries_[number], authority::LiveToken{}, 0, GrantTable::kNone);
    grants_.drop(grants & GrantTable::kMost);  // only now, when no entry refers to the number
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
    auto const next = grants_.keep(ceiling);
    if (next > GrantTable::kMost) return user.exists.store(false, std::memory_order_release);  // better no user than one without their ceiling
    auto const previous = user.ceiling.exchange(next, std::memory_order_acq_rel);
    grants_.drop(previous);
    user.is_admin.store(is_admin, std::memory_order_release);
    user.exists.store(true, std::memory_order_release);
}

void Registry::retire(User& user) noexcept {
    user.exists.store(false, std::memory_order_release);
    grants_.drop(user.ceiling.exchange(GrantTable::kNone, std::memory_order_acq_rel));
}

void Registry::forget_user(std::unordered_map<std::int64_t, std::uint32_t>::iterator known) {
    auto const slot = known->second;
    retire(users_[slot]);
    user_slots_.erase(known);
    for_each_live([&](std::uint32_t number, TokenId const& token) {
        if (entries_[number].user.load(std::memory_order_relaxed) == slot) forget(number, token);
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
        auto const& user = users_[entries_[number].user.load(std::memory_order_relaxed)];
        if (!was_put || !reload.users.contains(user.id)) forget(number, token);
    });
}

}  // namespace warder::index
