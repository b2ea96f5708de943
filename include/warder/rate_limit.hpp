// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warder {

/// How many requests a token may make: a number per unit of time, and as many at once.
struct RateLimit {
    enum class Unit : std::uint8_t { kSecond, kMinute, kHour, kDay };
    static constexpr std::uint32_t kMost = 1'000'000;

    std::uint32_t count = 1;  ///< 1 to `kMost`.
    Unit unit = Unit::kSecond;

    /// Parses `N/UNIT` or `N per UNIT`, ignoring case.
    [[nodiscard]] static std::optional<RateLimit> parse(std::string_view text) noexcept;

    /// Returns the one canonical text: `N/UNIT` in lower case.
    [[nodiscard]] std::string text() const;
    /// Returns the length of the unit.
    [[nodiscard]] std::chrono::seconds period() const noexcept;

    friend bool operator==(RateLimit const&, RateLimit const&) noexcept = default;
};

}  // namespace warder
