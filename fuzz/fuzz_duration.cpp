// SPDX-License-Identifier: MIT
#include "demand.hpp"
#include "slow_duration.hpp"
#include "warder/duration.hpp"

#include <cmath>
#include <string>

namespace warder::fuzz {
namespace {

using Reason = DurationError::Reason;
using Outcome = std::expected<Seconds, DurationError>;

constexpr std::size_t kLongestCompared = 64;  // because the regular expressions backtrack

bool is_equal(Outcome const& a, Outcome const& b) {
    if (a.has_value() != b.has_value()) return false;
    if (!a) return a.error().reason == b.error().reason && a.error().offset == b.error().offset;
    return *a == *b && std::signbit(a->count()) == std::signbit(b->count());
}

std::string mapped(std::string_view text, char first, char last, int step) {
    std::string out{text};
    for (char& c : out)
        if (c >= first && c <= last) c = static_cast<char>(c + step);
    return out;
}

void check_against_the_expressions(std::string_view text, Outcome const& outcome) {
    auto const expected = slow_duration(text);
    bool const fits = expected && std::isfinite(*expected) && std::abs(*expected) < 9'007'199'254'740'992.0;
    demand(outcome.has_value() == fits, "a duration is read if and only if an expression matches and the value can be held");
    if (outcome) demand(outcome->count() == *expected, "a duration has the value that its parts add up to");
}

void check(std::string_view text) {
    auto const outcome = read_duration(text);
    demand(is_equal(outcome, read_duration(std::string{text})), "a copy has the same verdict");
    demand(is_equal(outcome, read_duration(mapped(text, 'a', 'z', 'A' - 'a'))), "upper case changes nothing");
    demand(is_equal(outcome, read_duration(mapped(text, 'A', 'Z', 'a' - 'A'))), "lower case changes nothing");
    if (outcome) {
        demand(std::isfinite(outcome->count()) && std::abs(outcome->count()) < 9'007'199'254'740'992.0, "a duration is finite and exact");
        demand(outcome->count() != 0 || !std::signbit(outcome->count()), "zero has no sign");
    } else {
        demand(outcome.error().offset <= text.size(), "an error points into the text");
    }
    bool const is_iso = !text.empty() && (text.front() == 'P' || text.front() == 'p');
    if (!is_iso) {
        auto const padded = " \t" + std::string{text} + (text.ends_with('\n') ? "" : " \t");
        auto const again = read_duration(padded);
        demand(again.has_value() == outcome.has_value() && (!again || *again == *outcome), "white space around it changes nothing");
    }
    if (text.size() <= kLongestCompared) check_against_the_expressions(text, outcome);

    auto const lifetime = validate_lifetime(text, Seconds{31'536'000});
    bool const is_life = outcome && text.size() <= kMaxLifetimeText && *outcome >= Seconds{1} && *outcome <= Seconds{31'536'000};
    demand(lifetime.has_value() == is_life, "a life is a duration within the bounds");
    if (lifetime) demand(*lifetime == *outcome, "a life is its duration");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    warder::fuzz::check(warder::fuzz::text_of(data, size));
    return 0;
}
