// SPDX-License-Identifier: MIT
#pragma once

#include "warder/ports.hpp"
#include "warder/token.hpp"

#include <algorithm>
#include <chrono>

namespace warder::api {

/// Returns the time left until `ends_at`; zero once it has passed.
[[nodiscard]] inline std::chrono::microseconds remaining_lifetime(Instant ends_at, Clock const& clock) noexcept {
    auto const left = std::chrono::floor<std::chrono::microseconds>(ends_at - clock.now());
    return std::max(left, std::chrono::microseconds::zero());
}

}  // namespace warder::api
