// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace warder::store::postgres {

/// Ends the waits of connections for their server, now and from then on: see `Connection::set_interrupt`. Any thread may call
/// any method.
class Interrupt {
  public:
    /// If the process has no descriptor left, waits end only at their deadlines.
    Interrupt() noexcept;
    ~Interrupt();
    Interrupt(Interrupt const&) = delete;
    Interrupt& operator=(Interrupt const&) = delete;

    void raise() noexcept;
    [[nodiscard]] bool is_raised() const noexcept { return is_raised_; }
    /// Returns a descriptor that can be read once this was raised; -1 if there is none, which `poll` ignores.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  private:
    int descriptor_;
    std::atomic<bool> is_raised_{false};
};

}  // namespace warder::store::postgres
