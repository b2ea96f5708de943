// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "warder/duration.hpp"

#include <array>
#include <charconv>

namespace warder::cli {
namespace {

/// Returns the shortest text that parses to the same number, never with an exponent, and without a decimal point for
/// whole seconds.
std::string seconds_text(Seconds seconds) {
    std::array<char, 512> digits{};
    // Adding 0 turns a negative zero into 0.
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), seconds.count() + 0.0, std::chars_format::fixed).ptr};
}

}  // namespace

int print_durations(std::vector<std::string> const& texts, bool is_json) {
    int status = kSuccess;
    std::string list;
    for (auto const& text : texts) {
        auto const duration = read_duration(text);
        if (!duration) status = kFailure;
        if (is_json) list.append(list.empty() ? "" : ",").append(duration ? seconds_text(*duration) : "null");
        else print(duration ? seconds_text(*duration) : "invalid");
    }
    if (is_json) print('[' + list + ']');
    return status;
}

}  // namespace warder::cli
