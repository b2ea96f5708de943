// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"
#include "cli/output/terminal.hpp"
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

struct DurationOptions {
    std::vector<std::string> texts;
    bool is_json = false;
};

/// Prints each duration in seconds, one per line. For an invalid one it prints "invalid", and fails.
CommandResult print_durations(DurationOptions const& options) {
    CommandResult result;
    std::string list;
    for (auto const& text : options.texts) {
        auto const duration = read_duration(text);
        if (!duration) result = std::unexpected{""};
        if (options.is_json) list.append(list.empty() ? "" : ",").append(duration ? seconds_text(*duration) : "null");
        else print(duration ? seconds_text(*duration) : "invalid");
    }
    if (options.is_json) print('[' + list + ']');
    return result;
}

}  // namespace

void declare_duration_command(CommandLine const& program) {
    auto const [duration, options] = program.add(
        "duration", "print durations in seconds, one per line; prints \"invalid\" and exits with 1 if one can't be parsed", &print_durations);
    duration.add_option("TEXT", options.texts, "duration, e.g. \"6 minutes\", \"3 months\", \"P1Y2M\"")->required();
    duration.add_flag("--json", options.is_json, "print one JSON array of numbers, with null for an invalid duration");
}

}  // namespace warder::cli
