// SPDX-License-Identifier: MIT
#include "cli/output/words.hpp"

#include "core/text/times.hpp"

#include <algorithm>
#include <array>

namespace warder::cli {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t seconds;
};
constexpr auto kUnits = std::to_array<Unit>({{"year", std::int64_t{365} * 86'400}, {"day", 86'400}, {"hour", 3600}, {"minute", 60}, {"second", 1}});
/// From this many of a unit on, the next smaller one says nothing of interest.
constexpr std::int64_t kMany = 5;

auto largest_unit_of(std::int64_t seconds) {
    return std::ranges::find_if(kUnits, [seconds](Unit const& unit) { return seconds >= unit.seconds; });
}

}  // namespace

std::string counted(std::int64_t count, std::string_view noun) {
    return std::to_string(count).append(1, ' ').append(noun).append(count == 1 ? "" : "s");
}

std::string in_words(std::chrono::microseconds duration) {
    auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(duration).count());
    auto const rough = largest_unit_of(seconds);
    bool const is_one_unit = seconds >= kMany * rough->seconds || rough->seconds == 1;
    auto const step = is_one_unit ? rough->seconds : (rough + 1)->seconds;
    // Rounding may reach the next larger unit: 59 minutes and 59 seconds are an hour.
    seconds = (seconds + step / 2) / step * step;
    auto const unit = largest_unit_of(seconds);
    auto words = counted(seconds / unit->seconds, unit->name);
    if (auto const rest = seconds % unit->seconds; rest > 0 && unit == rough) words += ", " + counted(rest / step, (unit + 1)->name);
    return words;
}

std::string ago(Instant then, Instant now) {
    if (now - then < std::chrono::minutes{1}) return "just now";
    return in_words(std::chrono::duration_cast<std::chrono::microseconds>(now - then)) + " ago";
}

std::string date_and_time(Instant instant) {
    auto const text = core::rfc3339(instant);
    return text.substr(0, 10) + ' ' + text.substr(11, 5) + " UTC";
}

std::string date(Instant instant) { return core::rfc3339(instant).substr(0, 10); }

std::string summary(GrantList const& grants) {
    auto const all = grants.grants();
    std::string text{all.front().text()};
    if (all.size() > 1) text += ", and " + std::to_string(all.size() - 1) + " more";
    return text;
}

}  // namespace warder::cli
