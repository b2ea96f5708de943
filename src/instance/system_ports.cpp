// SPDX-License-Identifier: MIT
#include "instance/system_ports.hpp"

#include <sodium.h>

#include <cstdlib>

namespace warder::instance {

SystemRandom::SystemRandom() {
    if (sodium_init() < 0) std::abort();
}

void SystemRandom::fill(std::span<std::byte> out) noexcept { randombytes_buf(out.data(), out.size()); }

}  // namespace warder::instance
