// SPDX-License-Identifier: MIT
#include "app/system_ports.hpp"

#include <sodium.h>

#include <cstdlib>

namespace warder::app {

SystemRandom::SystemRandom() {
    if (sodium_init() < 0) std::abort();
}

void SystemRandom::fill(std::span<std::byte> out) noexcept { randombytes_buf(out.data(), out.size()); }

}  // namespace warder::app
