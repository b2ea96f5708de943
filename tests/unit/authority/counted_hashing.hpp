// SPDX-License-Identifier: MIT
#pragma once

#include <compare>

namespace warder::tests {

/// How often the libraries were asked to hash a password since the program began; the linker leads every call past here.
struct HashingDone {
    unsigned argon2 = 0;
    unsigned pbkdf2 = 0;
    friend bool operator==(HashingDone const&, HashingDone const&) = default;
};
[[nodiscard]] HashingDone hashing_done() noexcept;

}  // namespace warder::tests
