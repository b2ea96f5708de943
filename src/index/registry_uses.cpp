// SPDX-License-Identifier: MIT
// The registry's usage counts: written on the bearer path, collected for the store.
#include "index/registry_entry.hpp"

#include <algorithm>
#include <bit>

namespace warder::index {
namespace {

constexpr std::uint32_t kLookedAtOnce = 65'536;  // records scanned per lock; changes wait that long

}  // namespace

void Registry::note_use(TokenId const& id, authority::RegistryEntryRef entry_ref, UsageTable::Use const& use) const noexcept {
    while (!note_at(entry_ref, use)) {
        // The token was changed or removed since it was found.
        auto const found = find(id);
        if (!found) return;
        entry_ref = found->entry_ref;
    }
}

/// @return false if the entry no longer holds the token.
bool Registry::note_at(authority::RegistryEntryRef entry_ref, UsageTable::Use const& use) const noexcept {
    auto const& entry = entries_[entry_ref.entry];
    if (entry.version.load(std::memory_order_acquire) != entry_ref.version) return false;
    auto number = entry.uses.load(std::memory_order_acquire);
    if (number == UsageTable::kNone) number = attach_uses(entry, entry_ref.entry);
    if (number == UsageTable::kNone) return true;  // no memory to count it
    if (number == Entry::kGone) return false;
    auto const ticket = usage_.ticket(number);
    // When a token is removed, the version changes before the record is retired, so with the old version the ticket is
    // this token's.
    if (entry.version.load(std::memory_order_acquire) != entry_ref.version) return false;
    return usage_.note(number, ticket, use);
}

/// Returns the number of the record that is attached afterwards. If the entry belongs to another token by now, that
/// token has an empty record.
std::uint32_t Registry::attach_uses(Entry const& entry, std::uint32_t number) const noexcept {
    auto const fresh = usage_.take(number);
    if (fresh == UsageTable::kNone) return UsageTable::kNone;
    auto there = UsageTable::kNone;
    if (entry.uses.compare_exchange_strong(there, fresh, std::memory_order_acq_rel, std::memory_order_acquire)) return fresh;
    usage_.give_back(fresh);
    return there;
}

/// Call it after a token moved to another entry. Its first use may have been counted in the old entry before that was
/// closed, and another use in the new one.
void Registry::move_uses(std::uint32_t uses, std::uint32_t to) {
    if (uses == UsageTable::kNone) return;
    auto there = UsageTable::kNone;
    usage_.set_entry(uses, to);
    if (entries_[to].uses.compare_exchange_strong(there, uses, std::memory_order_acq_rel, std::memory_order_acquire) || there == uses) return;
    usage_.add(there, usage_.retire(uses));
}

void Registry::drop_uses(std::uint32_t uses) {
    if (uses != UsageTable::kNone) usage_.retire(uses);
}

std::optional<Registry::UsesSoFar> Registry::uses_of(TokenId const& id) const {
    std::scoped_lock const lock{changing_};
    auto const at = locate(id);
    if (!at) return std::nullopt;
    auto const number = entries_[*at].uses.load(std::memory_order_acquire);
    auto const seen = number == Entry::kGone ? std::nullopt : usage_.look(number);
    if (!seen || seen->uses.count == 0) return std::nullopt;
    return UsesSoFar{.uses = seen->uses, .saved = seen->saved, .first_flush = seen->first_flush};
}

Registry::UnsavedUses Registry::unsaved_uses(std::uint32_t from, std::size_t most) const {
    UnsavedUses unsaved;
    std::scoped_lock const lock{changing_};
    auto const end = usage_.end();
    auto const stop = end - std::min(from, end) > kLookedAtOnce ? from + kLookedAtOnce : end;
    auto number = from;
    for (; number < stop && unsaved.tokens.size() < most; ++number) {
        auto const seen = usage_.look(number);
        if (!seen || seen->uses.count == seen->saved) continue;
        auto const& entry = entries_[usage_.entry(number)];
        std::array<std::uint64_t, 2> const words{entry.id[0].load(std::memory_order_acquire), entry.id[1].load(std::memory_order_acquire)};
        UserId const owner{users_[entry.user.load(std::memory_order_acquire)].id};
        unsaved.tokens.push_back({.key = {.owner = owner, .id = TokenId{std::bit_cast<TokenId::Bytes>(words)}}, .seen = *seen});
    }
    if (number < end) unsaved.next = number;
    return unsaved;
}

void Registry::acknowledge_flush(UnsavedUses const& uses) const {
    std::scoped_lock const lock{changing_};
    auto const flush = flushes_.fetch_add(1, std::memory_order_acq_rel) + 1;
    for (auto const& token : uses.tokens) usage_.acknowledge_flush(token.seen, flush);
}

}  // namespace warder::index
