// SPDX-License-Identifier: MIT
#pragma once

#include "index/registry.hpp"
#include "index/usage_table.hpp"

#include <array>
#include <atomic>
#include <cstdint>

/// The memory layout of tokens and users, shared by the registry's two source files.
namespace warder::index {

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
    std::array<std::atomic<std::uint64_t>, 3> digest{};
    std::atomic<std::uint32_t> digest_end{0};
    // Not protected by the version. `kNone` until the first use, when the thread that counts it stores the number of a
    // record; `kGone` means that the token, if it still exists, moved to another entry.
    mutable std::atomic<std::uint32_t> uses{UsageTable::kNone};
    static constexpr std::uint32_t kGone = 0xFFFF'FFFF;
};

struct Registry::User {
    std::atomic<bool> exists{false};
    std::atomic<bool> is_admin{false};
    std::atomic<std::uint32_t> ceiling{GrantTable::kNone};
    std::int64_t id = 0;  // this, the name and its length are written once, before any token refers to the user
    std::uint8_t name_length = 0;
    std::array<char, 64> name{};
};

}  // namespace warder::index
