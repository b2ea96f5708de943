// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace warder::tests {

/// How often the libraries were called to hash a password since the program started; the linker redirects these calls.
struct HashingDone {
    unsigned argon2 = 0;
    unsigned pbkdf2 = 0;
    friend bool operator==(HashingDone const&, HashingDone const&) = default;
};
[[nodiscard]] HashingDone hashing_done() noexcept;

/// The cost of the last Argon2id evaluation that made a hash.
struct LastCost {
    unsigned long long passes = 0;
    std::size_t memory = 0;
    friend bool operator==(LastCost const&, LastCost const&) = default;
};
[[nodiscard]] LastCost last_cost() noexcept;

/// While an object of this class exists, the libraries report that they are out of memory.
class MemoryIsShort {
  public:
    MemoryIsShort() noexcept;
    MemoryIsShort(MemoryIsShort const&) = delete;
    MemoryIsShort& operator=(MemoryIsShort const&) = delete;
    ~MemoryIsShort();
};

}  // namespace warder::tests
