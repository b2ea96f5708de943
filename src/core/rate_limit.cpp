// SPDX-License-Identifier: MIT
#include "warder/rate_limit.hpp"

#include "core/rate_limit_message.hpp"
#include "core/text/ascii.hpp"
#include "core/text/number.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace warder {
namespace {

struct UnitName {
    std::string_view name;
    std::chrono::seconds length;
};
constexpr std::array<UnitName, 4> kUnitNames{
    {{"second", std::chrono::seconds{1}}, {"minute", std::chrono::minutes{1}}, {"hour", std::chrono::hours{1}}, {"day", std::chrono::days{1}}}};

constexpr std::string_view kSlash = "/";
constexpr std::string_view kPer = " per ";

bool is_same_word(std::string_view a, std::string_view b) noexcept { return std::ranges::equal(a, b, {}, core::lower, core::lower); }

}  // namespace

std::optional<RateLimit> RateLimit::parse(std::string_view text) noexcept {
    auto const digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
    auto const count = core::read_number(digits, std::uint32_t{1}, kMost);
    if (!count || digits.starts_with('0')) return std::nullopt;
    for (auto const separator : {kSlash, kPer}) {
        auto const rest = text.substr(digits.size());
        if (!is_same_word(rest.substr(0, separator.size()), separator)) continue;
        for (std::size_t i = 0; i < kUnitNames.size(); ++i)
            if (is_same_word(rest.substr(separator.size()), kUnitNames[i].name)) return RateLimit{.count = *count, .unit = static_cast<Unit>(i)};
    }
    return std::nullopt;
}

std::string RateLimit::text() const { return std::to_string(count).append(kSlash).append(kUnitNames[static_cast<std::size_t>(unit)].name); }

std::chrono::seconds RateLimit::period() const noexcept { return kUnitNames[static_cast<std::size_t>(unit)].length; }

std::string core::invalid_rate_limit(std::string_view quoted) {
    std::string message{"Invalid rate limit "};
    return message.append(quoted).append(
        R"(: write N/UNIT or "N per UNIT", N from 1 to 1000000 and UNIT second, minute, hour or day (examples: "10/second", "1000 per hour").)");
}

}  // namespace warder
