// SPDX-License-Identifier: MIT
#include "core/text/duration_text.hpp"

#include "core/text/json_writer.hpp"

#include <array>
#include <cmath>
#include <string_view>

namespace warder::core {
namespace {

struct Unit {
    double seconds;
    std::string_view name;
};

constexpr auto kUnits = std::to_array<Unit>({{365.0 * 86'400, "year"}, {86'400, "day"}, {3'600, "hour"}, {60, "minute"}, {1, "second"}});

}  // namespace

std::string duration_text(Seconds duration) {
    auto count = duration.count();
    auto name = kUnits.back().name;
    for (auto const& unit : kUnits) {
        if (count < unit.seconds || std::fmod(count, unit.seconds) != 0) continue;
        name = unit.name;
        count /= unit.seconds;
        break;
    }
    std::string text;
    append_json_number(text, count);
    text.append(" ").append(name);
    if (count != 1) text += 's';
    return text;
}

}  // namespace warder::core
