// SPDX-License-Identifier: MIT
#pragma once

#include "index/registry.hpp"
#include "index/usage_table.hpp"

#include <array>
#include <atomic>
#include <cstdint>

/// What the registry's two sources share: how a token and a user lie in memory.
namespace warder::index {

// Sequence lock without a fence: every word is stored with release and loaded with acquire, so that a reader that saw one new word also sees
// the odd version when it looks again. On x86-64 these are plain moves.
struct Registry::Entry {
    static constexpr std::uint64_t kEdited = 1;
    static constexpr unsigned kGrantsShift = 1;
    static constexpr unsigned kEndShift = 26;
    static_assert(GrantTable::kMost < std::uint64_t{1} << (kEndShift - kGrantsShift));
    static constexpr std::int64_t kLastEnd = (std::int64_t{1} << (64 - kEndShift)) - 1;  // the year 10680: `exp` ends in 9999

    std::atomic<std::uint32_t> version{0};
    std::atomic<std::uint32_t> user{0};
    std::atomic<std::uint64_t> end_and_flags{0};  // from the top: seconds, number of the grants, edited
    std::array<std::atomic<std::uint64_t>, 2> id{};
    std::array<std::atomic<std::uint64_t>, 3> digest{};
    std::atomic<std::uint32_t> digest_end{0};
    // Not under the version. Where nothing is counted yet it says so to those who count, who put a number there; with `kGone` they find the token, if
    // it is still there, elsewhere.
    mutable std::atomic<std::uint32_t> uses{UsageTable::kNone};
    static constexpr std::uint32_t kGone = 0xFFFF'FFFF;
};

struct Registry::User {
    std::atomic<bool> exists{false};
    std::atomic<bool> is_admin{false};
    std::atomic<std::uint32_t> ceiling{GrantTable::kNone};
    std::int64_t id = 0;  // this, the name and its length are written once, before any token leads here
    std::uint8_t name_length = 0;
    std::array<char, 64> name{};
};

}  // namespace warder::index
