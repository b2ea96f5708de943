// SPDX-License-Identifier: MIT
#include "cli/times.hpp"

#include <array>
#include <ctime>

namespace warder::cli {

std::string time_text(Instant instant) {
    auto const seconds = static_cast<std::time_t>(instant.time_since_epoch().count());
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

}  // namespace warder::cli
