// SPDX-License-Identifier: MIT
#include "runtime/system_ports.hpp"

#include <sodium.h>

#include <cstdlib>

namespace warder::runtime {

SystemRandom::SystemRandom() {
    if (sodium_init() < 0) std::abort();
}

void SystemRandom::fill(std::span<std::byte> out) noexcept { randombytes_buf(out.data(), out.size()); }

}  // namespace warder::runtime
