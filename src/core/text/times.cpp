// SPDX-License-Identifier: MIT
#include "core/text/times.hpp"

#include <array>
#include <ctime>

namespace warder::core {
namespace {

/// Names of days and months are English: the program doesn't set a locale.
std::string formatted(Instant instant, char const* format) {
    auto const seconds = std::chrono::system_clock::to_time_t(instant);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 64> text;
    return {text.data(), std::strftime(text.data(), text.size(), format, &utc)};
}

}  // namespace

std::string rfc3339(Instant instant) { return formatted(instant, "%Y-%m-%dT%H:%M:%SZ"); }

std::string http_date(Instant instant) { return formatted(instant, "%a, %d %b %Y %H:%M:%S GMT"); }

}  // namespace warder::core
