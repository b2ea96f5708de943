// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>

namespace warder::tests {

/// How often the libraries were asked to hash a password since the program began; the linker leads every call past here.
struct HashingDone {
    unsigned argon2 = 0;
    unsigned pbkdf2 = 0;
    friend bool operator==(HashingDone const&, HashingDone const&) = default;
};
[[nodiscard]] HashingDone hashing_done() noexcept;

/// What the last Argon2id evaluation that made a hash took.
struct LastCost {
    unsigned long long passes = 0;
    std::size_t memory = 0;
    friend bool operator==(LastCost const&, LastCost const&) = default;
};
[[nodiscard]] LastCost last_cost() noexcept;

/// As long as it lives, the libraries find no memory.
class MemoryIsShort {
  public:
    MemoryIsShort() noexcept;
    MemoryIsShort(MemoryIsShort const&) = delete;
    MemoryIsShort& operator=(MemoryIsShort const&) = delete;
    ~MemoryIsShort();
};

}  // namespace warder::tests
