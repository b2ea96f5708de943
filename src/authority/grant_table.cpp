// SPDX-License-Identifier: MIT
#include "authority/grant_table.hpp"

#include <utility>

namespace warder::authority {
namespace {

constexpr std::size_t kSweepAt = 64;  // lists that wait to be freed

std::string texts_of(GrantList const& list) {
    std::string texts;
    for (auto const& grant : list.grants()) texts.append(grant.text()).append(1, '\n');  // no grant has a line break
    return texts;
}

}  // namespace

std::uint32_t GrantTable::keep(Grants const& grants) {
    if (grants == nullptr) return kNone;
    auto const [known, is_new] = numbers_.try_emplace(texts_of(*grants), kNone);
    if (!is_new) {
        ++slots_[known->second - 1].uses;
        return known->second;
    }
    if (free_.empty() && slots_.size() == kMost) {
        numbers_.erase(known);
        return kMost + 1;
    }
    bool const has_free = !free_.empty();
    auto const at = has_free ? free_.back() : slots_.append();
    if (has_free) free_.pop_back();
    auto& slot = slots_[at];
    slot.owned = grants;
    slot.uses = 1;
    slot.list.store(grants.get(), std::memory_order_seq_cst);
    known->second = at + 1;
    return known->second;
}

void GrantTable::drop(std::uint32_t number) {
    if (number == kNone) return;
    auto& slot = slots_[number - 1];
    if (--slot.uses > 0) return;
    slot.list.store(nullptr, std::memory_order_seq_cst);
    numbers_.erase(texts_of(*slot.owned));
    retired_.push_back(std::exchange(slot.owned, nullptr));
    free_.push_back(number - 1);
    if (retired_.size() >= kSweepAt) sweep();
}

void GrantTable::sweep() {
    std::erase_if(retired_, [this](Grants const& old) { return !hazards_.is_marked(old.get()); });
}

Grants GrantTable::read(std::uint32_t number) const noexcept {
    if (number == kNone) return nullptr;
    auto const mark = hazards_.mark(slots_[number - 1].list);
    // The mark keeps the table's own share alive, so there is one to take part in.
    return mark.get() == nullptr ? nullptr : mark.get()->shared_from_this();
}

}  // namespace warder::authority
