// SPDX-License-Identifier: MIT
#include "index/policy_table.hpp"

#include "core/token_policy.hpp"

#include <utility>

namespace warder::index {
namespace {

constexpr std::size_t kSweepAt = 64;       // policies that are waiting to be freed
constexpr std::size_t kMostRetired = 256;  // more than readers can protect plus what a sweep leaves

}  // namespace

PolicyTable::PolicyTable() { retired_.reserve(kMostRetired); }

std::uint32_t PolicyTable::keep(TokenPolicy const& policy) {
    return policy == TokenPolicy{} ? kNone : intern(core::write_policy(policy), policy, nullptr);
}

std::uint32_t PolicyTable::keep(TokenPolicy const& policy, TokenId const& token, std::uint32_t previous) {
    if (!policy.rate_limit) return keep(policy);
    auto text = core::write_policy(policy);
    token.append_to(text);
    auto const* const stored = previous == kNone ? nullptr : slots_[previous - 1].owned.get();
    bool const is_same_limit = stored != nullptr && stored->policy.rate_limit == policy.rate_limit;
    return intern(std::move(text), policy, is_same_limit ? stored->bucket : std::make_shared<RateBucket>(*policy.rate_limit));
}

std::uint32_t PolicyTable::intern(std::string text, TokenPolicy const& policy, std::shared_ptr<RateBucket> bucket) {
    if (auto const known = numbers_.find(text); known != numbers_.end()) {
        ++slots_[known->second - 1].uses;
        return known->second;
    }
    if (free_.empty() && slots_.size() == kMost) return kMost + 1;
    // Allocate first, so that nothing is half done if memory is short. `drop` relies on the capacity reserved here.
    auto owned = std::make_unique<StoredPolicy const>(StoredPolicy{.policy = policy, .bucket = std::move(bucket)});
    if (free_.empty()) {
        if (free_.capacity() <= slots_.size()) free_.reserve(2 * std::size_t{slots_.size()} + 64);
        free_.push_back(slots_.append());
    }
    auto const at = free_.back();
    auto const known = numbers_.emplace(std::move(text), at + 1).first;
    free_.pop_back();
    auto& slot = slots_[at];
    slot.owned = std::move(owned);
    slot.text = &known->first;
    slot.uses = 1;
    slot.policy.store(slot.owned.get(), std::memory_order_seq_cst);
    return at + 1;
}

void PolicyTable::drop(std::uint32_t number) noexcept {
    if (number == kNone) return;
    auto& slot = slots_[number - 1];
    if (--slot.uses > 0) return;
    slot.policy.store(nullptr, std::memory_order_seq_cst);
    numbers_.erase(numbers_.find(*slot.text));
    retired_.push_back(std::move(slot.owned));
    free_.push_back(number - 1);
    if (retired_.size() >= kSweepAt) std::erase_if(retired_, [this](auto const& old) { return !hazards_.is_protected(old.get()); });
}

PolicyTable::Pointer PolicyTable::read(std::uint32_t number) const noexcept {
    static constexpr std::atomic<StoredPolicy const*> kNothing{nullptr};
    return hazards_.protect(number == kNone ? kNothing : slots_[number - 1].policy);
}

}  // namespace warder::index
