// SPDX-License-Identifier: MIT
// What the registry keeps of a token and of a user. Only for its implementation.
#pragma once

#include "index/policy_table.hpp"
#include "index/registry.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace warder::index {

// A sequence lock without fences: every word is stored with release and loaded with acquire, so a reader that saw one
// new word also sees the odd version when it checks again. On x86-64 these are plain moves.
struct alignas(64) Registry::Entry {  // one cache line
    static constexpr std::uint64_t kEdited = 1;
    static constexpr std::uint64_t kDisabled = 2;
    static constexpr unsigned kPolicyShift = 2;
    static constexpr unsigned kEndShift = 26;
    static_assert(PolicyTable::kMost < std::uint64_t{1} << (kEndShift - kPolicyShift));
    static constexpr std::int64_t kLastEnd = (std::int64_t{1} << (64 - kEndShift)) - 1;  // in the year 10680; `exp` ends in 9999

    // In the most significant bits of `user`.
    static constexpr std::uint32_t kHasGrants = 1U << 31U;
    static constexpr std::uint32_t kIsRestricted = 1U << 30U;

    /// Returns the user's number, which has fewer bits than the flags leave.
    static std::uint32_t user_in(std::uint32_t user_and_flags) noexcept { return user_and_flags & ~(kHasGrants | kIsRestricted); }
    /// Returns the number of the policy.
    static std::uint32_t policy_in(std::uint64_t end_and_flags) noexcept {
        return static_cast<std::uint32_t>(end_and_flags >> kPolicyShift) & PolicyTable::kMost;
    }

    std::atomic<std::uint32_t> version{0};
    std::atomic<std::uint32_t> user_and_flags{0};
    std::atomic<std::uint64_t> end_and_flags{
        0};  // from the most significant bit: seconds, number of the policy, whether it is disabled, whether it was edited
    std::array<std::atomic<std::uint64_t>, 2> id{};
    std::array<std::atomic<std::uint64_t>, 4> digest{};
};

struct Registry::User {
    std::atomic<bool> exists{false};
    std::atomic<bool> is_admin{false};
    std::atomic<std::uint32_t> ceiling{PolicyTable::kNone};
    std::int64_t id = 0;  // this, the name and its length are written once, before any token refers to the user
    std::uint8_t name_length = 0;
    std::array<char, 64> name{};
};

}  // namespace warder::index
