// SPDX-License-Identifier: MIT
#include "store/postgres/connection/interrupt.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace warder::store::postgres {

Interrupt::Interrupt() noexcept : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}

Interrupt::~Interrupt() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void Interrupt::raise() noexcept {
    is_raised_ = true;
    if (descriptor_ >= 0) ::eventfd_write(descriptor_, 1);
}

}  // namespace warder::store::postgres
