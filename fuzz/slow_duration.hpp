// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

/// Durations read with regular expressions, like pytimeparse: slow, and deliberately unlike the implementation of
/// `read_duration`.
namespace warder::fuzz {

/// A regular expression, and the seconds per unit of each of its groups.
struct SlowForm {
    std::regex expression;
    std::vector<double> units;
    bool is_iso = false;
};

inline std::string const kSlowSpaces = "[ \t\n\v\f\r\x1c\x1d\x1e\x1f]*";

inline std::vector<SlowForm> make_slow_forms() {
    auto const part = [](std::string const& words) {
        return "(?:([0-9.]+)" + kSlowSpaces + "(?:" + words + ")" + kSlowSpaces + "(?:[,/]" + kSlowSpaces + ")?)?" + kSlowSpaces;
    };
    auto const form = [](std::string const& text, std::vector<double> units) {
        return SlowForm{.expression = std::regex{kSlowSpaces + text + kSlowSpaces, std::regex::icase}, .units = std::move(units)};
    };
    std::string const long_units = part("y|yrs?|years?") + part("mos?|months?") + part("w|wks?|weeks?") + part("d|dys?|days?");
    std::string const seconds = "([0-9]{2}(?:\\.[0-9]+)?)";
    std::string const iso = "([0-9]+(?:[.,][0-9]+)?)";
    auto const opt = [&](char const* letter) { return "(?:" + iso + letter + ")?"; };
    constexpr double kDay = 86'400;
    std::vector<SlowForm> forms{
        form(long_units + part("h|hrs?|hours?") + part("m|mins?|minutes?") + "(?:([0-9.]+)" + kSlowSpaces + "(?:s|secs?|seconds?))?",
             {365 * kDay, 30 * kDay, 7 * kDay, kDay, 3600, 60, 1}),
        form("([0-9]{1,2}):" + seconds, {60, 1}),
        form(long_units + "([0-9]+):([0-9]{2}):" + seconds, {365 * kDay, 30 * kDay, 7 * kDay, kDay, 3600, 60, 1}),
        form("([0-9]+):([0-9]{2}):([0-9]{2}):" + seconds, {kDay, 3600, 60, 1}),
        form(":" + seconds, {1}),
    };
    forms.push_back({.expression = std::regex{"P" + iso + "W", std::regex::icase}, .units = {7 * kDay}, .is_iso = true});
    forms.push_back(
        {.expression = std::regex{"P" + opt("Y") + opt("M") + opt("D") + "(?:T(?=[0-9])" + opt("H") + opt("M") + opt("S") + ")?", std::regex::icase},
         .units = {365 * kDay, 30 * kDay, kDay, 3600, 60, 1},
         .is_iso = true});
    return forms;
}

inline bool is_whole(std::string const& number) { return number.find_first_not_of("0123456789") == std::string::npos; }

/// Sums up an ISO 8601 duration. Only the last number may have a fraction.
inline std::optional<double> slow_iso_value(std::vector<std::string> numbers, std::vector<double> const& units) {
    double total = 0;
    bool had_fraction = false;
    for (std::size_t at = 0; at < numbers.size(); ++at) {
        if (numbers[at].empty()) continue;
        if (had_fraction) return std::nullopt;
        had_fraction = !is_whole(numbers[at]);
        std::ranges::replace(numbers[at], ',', '.');
        total += std::strtod(numbers[at].c_str(), nullptr) * units[at];
    }
    return total;
}

/// Sums up the other forms. The last number is in seconds and has its own rules of rounding.
inline std::optional<double> slow_value(std::vector<std::string> const& numbers, std::vector<double> const& units, double sign) {
    std::vector<double> values;
    for (auto const& number : numbers) {
        char* end = nullptr;
        values.push_back(number.empty() ? 0 : std::strtod(number.c_str(), &end));
        if (!number.empty() && *end != '\0') return std::nullopt;
    }
    auto const seconds = values.back();
    double above = 0;
    for (std::size_t at = 0; at + 1 < values.size(); ++at) above += values[at] * units[at];
    bool const is_all_whole = std::ranges::all_of(numbers, is_whole);
    if (!is_all_whole && is_whole(numbers.back())) return sign * std::trunc(above) + seconds;
    return sign * (above + seconds);
}

inline std::optional<double> slow_duration(std::string_view text) {
    static auto const forms = make_slow_forms();
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) return std::nullopt;
    auto const read = [](std::string const& body, bool is_iso, double sign) -> std::optional<double> {
        for (auto const& form : forms) {
            std::smatch match;
            if (form.is_iso != is_iso || !std::regex_match(body, match, form.expression)) continue;
            std::vector<std::string> numbers;
            for (std::size_t group = 1; group < match.size(); ++group) numbers.push_back(match[group].str());
            if (std::ranges::all_of(numbers, [](auto const& number) { return number.empty(); })) continue;
            return is_iso ? slow_iso_value(numbers, form.units) : slow_value(numbers, form.units, sign);
        }
        return std::nullopt;
    };
    if (auto const value = read(std::string{text}, true, 1)) return value;

    static std::regex const outer{kSlowSpaces + "([+|-])?" + kSlowSpaces + "([^\n]*)\n?"};
    std::smatch match;
    std::string const all{text};
    if (!std::regex_match(all, match, outer)) return std::nullopt;
    // Spaces are collapsed, because the expressions would try every way to divide a run of them.
    static std::regex const spaces{"[ \t\v\f\r\x1c\x1d\x1e\x1f]+"};
    return read(std::regex_replace(match[2].str(), spaces, " "), false, match[1].str() == "-" ? -1 : 1);
}

}  // namespace warder::fuzz
