// SPDX-License-Identifier: MIT
#include "index/grant_table.hpp"

#include <utility>

namespace warder::index {
namespace {

constexpr std::size_t kSweepAt = 64;       // lists that are waiting to be freed
constexpr std::size_t kMostRetired = 256;  // more than readers can protect plus what a sweep leaves

std::string texts_of(GrantList const& list) {
    std::string texts;
    for (auto const& grant : list.grants()) texts.append(grant.text()).append(1, '\n');  // grants contain no line breaks
    return texts;
}

}  // namespace

GrantTable::GrantTable() { retired_.reserve(kMostRetired); }

std::uint32_t GrantTable::keep(Grants const& grants) {
    if (grants == nullptr) return kNone;
    auto texts = texts_of(*grants);
    if (auto const known = numbers_.find(texts); known != numbers_.end()) {
        ++slots_[known->second - 1].uses;
        return known->second;
    }
    if (free_.empty() && slots_.size() == kMost) return kMost + 1;
    // Allocate first, so that nothing is half done if memory is short. `drop` relies on the capacity reserved here.
    if (free_.empty()) {
        if (free_.capacity() <= slots_.size()) free_.reserve(2 * std::size_t{slots_.size()} + 64);
        free_.push_back(slots_.append());
    }
    auto const at = free_.back();
    auto const known = numbers_.emplace(std::move(texts), at + 1).first;
    free_.pop_back();
    auto& slot = slots_[at];
    slot.owned = grants;
    slot.texts = &known->first;
    slot.uses = 1;
    slot.list.store(grants.get(), std::memory_order_seq_cst);
    return at + 1;
}

void GrantTable::drop(std::uint32_t number) noexcept {
    if (number == kNone) return;
    auto& slot = slots_[number - 1];
    if (--slot.uses > 0) return;
    slot.list.store(nullptr, std::memory_order_seq_cst);
    numbers_.erase(numbers_.find(*slot.texts));
    retired_.push_back(std::exchange(slot.owned, nullptr));
    free_.push_back(number - 1);
    if (retired_.size() >= kSweepAt) sweep();
}

void GrantTable::sweep() noexcept {
    std::erase_if(retired_, [this](Grants const& old) { return !hazards_.is_protected(old.get()); });
}

Grants GrantTable::read(std::uint32_t number) const noexcept {
    if (number == kNone) return nullptr;
    auto const mark = hazards_.protect(slots_[number - 1].list);
    // The hazard pointer keeps the table's own reference alive, so `shared_from_this` can't fail.
    return mark.get() == nullptr ? nullptr : mark.get()->shared_from_this();
}

}  // namespace warder::index
