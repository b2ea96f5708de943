// SPDX-License-Identifier: MIT
#pragma once

#include "index/policy_table.hpp"

#include <memory>
#include <utility>

namespace warder::index {

/// What limits a token at the moment: its own policy and its user's ceiling. Protects both from being freed, so hold it
/// only while one request is decided: the number of protected objects is limited.
class TokenLimits {
  public:
    TokenLimits(PolicyTable::Pointer policy, PolicyTable::Pointer ceiling) noexcept : policy_{std::move(policy)}, ceiling_{std::move(ceiling)} {}

    /// Returns the token's own grants; null if it has none.
    [[nodiscard]] GrantList const* endpoints() const noexcept { return grants_of(policy_); }
    /// Returns the ceiling of the token's user; null if there is none.
    [[nodiscard]] GrantList const* ceiling() const noexcept { return grants_of(ceiling_); }
    /// Returns the token's own limits; null if it has none. Valid as long as this object.
    [[nodiscard]] TokenPolicy const* policy() const noexcept { return policy_.get() == nullptr ? nullptr : &policy_.get()->policy; }
    /// Returns the bucket of the rate limit; null if there is none. Valid as long as this object.
    [[nodiscard]] RateBucket* bucket() const noexcept { return policy_.get() == nullptr ? nullptr : policy_.get()->bucket.get(); }
    /// Returns the bucket so that it can be kept; null if there is none.
    [[nodiscard]] std::shared_ptr<RateBucket> shared_bucket() const { return policy_.get() == nullptr ? nullptr : policy_.get()->bucket; }
    [[nodiscard]] Scope scope() const noexcept { return {.endpoints = endpoints(), .ceiling = ceiling()}; }

  private:
    [[nodiscard]] static GrantList const* grants_of(PolicyTable::Pointer const& policy) noexcept {
        return policy.get() == nullptr ? nullptr : policy.get()->policy.endpoints.get();
    }

    PolicyTable::Pointer policy_;
    PolicyTable::Pointer ceiling_;
};

}  // namespace warder::index
