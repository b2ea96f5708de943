// SPDX-License-Identifier: MIT
#pragma once

#include "concurrent/hazard_domain.hpp"
#include "concurrent/stable_vector.hpp"
#include "index/rate_bucket.hpp"
#include "warder/token.hpp"
#include "warder/token_policy.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace warder::index {

/// A policy as the table stores it.
struct StoredPolicy {
    TokenPolicy policy;
    std::shared_ptr<RateBucket> bucket{};  ///< Of the one token whose policy this is; null if the policy has no rate limit.
};

/// Interns the policies of the registry's tokens and the ceilings of its users: stores each distinct one once and gives
/// it a number. A policy with a rate limit is stored for each token, since each has a bucket of its own.
///
/// Any number of threads may call `read` at any time, without a lock; the other functions must be called by one thread
/// at a time. A number may be reused for another policy after it was dropped, so a reader must check after `read` that
/// the number is still where it found it.
class PolicyTable {
  public:
    using Pointer = concurrent::HazardDomain<StoredPolicy>::HazardPointer;

    static constexpr std::uint32_t kNone = 0;
    static constexpr std::uint32_t kMost = (1U << 24U) - 1;  ///< Numbers fit into 24 bits.

    PolicyTable();

    /// Stores a policy or reuses the stored copy. Each `keep` needs a `drop`. Throws `std::bad_alloc`; nothing is kept
    /// then.
    /// @return the policy's number; `kNone` for a policy without any limit; `kMost` + 1 if all numbers are in use.
    [[nodiscard]] std::uint32_t keep(TokenPolicy const& policy);
    /// Does the same for the policy of a token.
    /// @param previous  the number of the policy that the token has had; `kNone` if it is new. A rate limit that stays the
    /// same keeps its bucket, any other one starts with a full one.
    [[nodiscard]] std::uint32_t keep(TokenPolicy const& policy, TokenId const& token, std::uint32_t previous);
    void drop(std::uint32_t number) noexcept;

    /// Returns the policy, or null if the number is not in use. The policy is valid as long as the pointer exists.
    [[nodiscard]] Pointer read(std::uint32_t number) const noexcept;

    /// Returns how many distinct policies are stored.
    [[nodiscard]] std::size_t size() const noexcept { return numbers_.size(); }

  private:
    struct Slot {
        std::atomic<StoredPolicy const*> policy{nullptr};
        std::unique_ptr<StoredPolicy const> owned;  // this and the members below are used only by the writer
        std::string const* text = nullptr;          ///< The key in `numbers_`, which never moves.
        std::uint32_t uses = 0;
    };

    [[nodiscard]] std::uint32_t intern(std::string text, TokenPolicy const& policy, std::shared_ptr<RateBucket> bucket);

    concurrent::StableVector<Slot> slots_;
    std::unordered_map<std::string, std::uint32_t> numbers_;  // by the policy's text, with a rate limit also by the token's id
    std::vector<std::uint32_t> free_;
    concurrent::HazardDomain<StoredPolicy> hazards_;
    std::vector<std::unique_ptr<StoredPolicy const>> retired_;
};

}  // namespace warder::index
