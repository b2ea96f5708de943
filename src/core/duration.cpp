// SPDX-License-Identifier: MIT
#include "warder/duration.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

namespace warder {
namespace {

constexpr double kMinute = 60;
constexpr double kHour = 60 * kMinute;
constexpr double kDay = 24 * kHour;
constexpr double kWeek = 7 * kDay;
constexpr double kMonth = 30 * kDay;
constexpr double kYear = 365 * kDay;
constexpr double kFirstInexact = 9'007'199'254'740'992.0;  // 2^53

using core::is_digit;
using core::lower;

/// Returns whether Python's `\s` matches this ASCII character.
constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

/// A position in the text, and the furthest position at which parsing failed.
class Scanner {
  public:
    Scanner(std::string_view text, std::size_t start) : text_{text}, at_{start}, stuck_{start} {}

    [[nodiscard]] bool is_done() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    [[nodiscard]] std::string_view since(std::size_t start) const noexcept { return text_.substr(start, at_ - start); }
    void back_to(std::size_t at) noexcept { at_ = at; }
    void mark_stuck(std::size_t at) noexcept { stuck_ = std::max(stuck_, at); }
    [[nodiscard]] std::size_t stuck() const noexcept { return std::max(at_, stuck_); }

    void skip_spaces() noexcept { take_while(is_space); }
    bool take(char wanted) noexcept {
        if (is_done() || lower(text_[at_]) != wanted) return false;
        ++at_;
        return true;
    }
    template <class Predicate>
    std::string_view take_while(Predicate is_wanted) noexcept {
        auto const start = at_;
        while (at_ < text_.size() && is_wanted(text_[at_])) ++at_;
        return since(start);
    }

  private:
    std::string_view text_;
    std::size_t at_;
    std::size_t stuck_;
};

/// A number and whether it was written without a fraction, which decides how the duration is rounded.
struct Number {
    double value = 0;
    bool is_whole = true;
};

std::optional<Number> to_number(std::string_view text) noexcept {
    Number number;
    number.is_whole = std::ranges::all_of(text, is_digit);
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number.value, std::chars_format::fixed);
    if (text.empty() || end != text.data() + text.size()) return std::nullopt;
    // Out of range means too large, or too close to zero.
    if (error == std::errc::result_out_of_range) number.value = text.find_first_not_of("0.") < text.find('.') ? HUGE_VAL : 0;
    else if (error != std::errc{}) return std::nullopt;
    return number;
}

/// The parts read so far, largest unit first. Keeps seconds apart and records whether there were fractions, because
/// pytimeparse treats them differently.
class Sum {
  public:
    void add(Number number, double unit) noexcept {
        total_ += unit * number.value;
        is_whole_ = is_whole_ && number.is_whole;
    }
    void add_seconds(Number number) noexcept { seconds_ = number; }

    [[nodiscard]] double signed_value(double sign) const noexcept {
        auto const seconds = seconds_.value_or(Number{});
        if (!seconds.is_whole) return sign * (total_ + seconds.value);
        if (is_whole_) return sign * (total_ + seconds.value);
        // pytimeparse truncates a fraction of a unit above seconds, and then drops the sign of whole seconds:
        // "-1.5m10s" is -80.
        return sign * std::trunc(total_) + seconds.value;
    }

  private:
    double total_ = 0;
    bool is_whole_ = true;
    std::optional<Number> seconds_;
};

struct Unit {
    double seconds;
    std::array<std::string_view, 5> words;
};

// In the order in which they may follow each other.
constexpr auto kUnits = std::to_array<Unit>({
    {kYear, {"y", "yr", "yrs", "year", "years"}},
    {kMonth, {"mo", "mos", "month", "months"}},
    {kWeek, {"w", "wk", "wks", "week", "weeks"}},
    {kDay, {"d", "dy", "dys", "day", "days"}},
    {kHour, {"h", "hr", "hrs", "hour", "hours"}},
    {kMinute, {"m", "min", "mins", "minute", "minutes"}},
    {1, {"s", "sec", "secs", "second", "seconds"}},
});
constexpr std::size_t kHourIndex = 4;
constexpr std::size_t kSecondIndex = kUnits.size() - 1;

bool equal_ignoring_case(std::string_view word, std::string_view lower_case) noexcept { return std::ranges::equal(word, lower_case, {}, lower); }

/// Returns the index of the unit that the word names, not before `first`.
std::optional<std::size_t> find_unit(std::string_view word, std::size_t first) noexcept {
    for (std::size_t index = first; index < kUnits.size(); ++index)
        for (auto const name : kUnits[index].words)
            if (!name.empty() && equal_ignoring_case(word, name)) return index;
    return std::nullopt;
}

/// Reads numbers with units, in order, up to the unit `end`: `1y 2mo, 3 weeks / 4d`. Leaves the scanner before the
/// first text that doesn't fit.
/// @return how many were read; nullopt if a number is not valid.
std::optional<std::size_t> read_units(Scanner& scanner, std::size_t end, Sum& sum) noexcept {
    std::size_t count = 0;
    for (std::size_t index = 0;;) {
        scanner.skip_spaces();
        auto const start = scanner.at();
        auto const digits = scanner.take_while([](char c) { return is_digit(c) || c == '.'; });
        scanner.skip_spaces();
        auto const word_start = scanner.at();
        auto const unit = find_unit(scanner.take_while(core::is_alpha), index);
        if (digits.empty() || !unit || *unit >= end) {
            scanner.mark_stuck(digits.empty() ? start : word_start);
            scanner.back_to(start);
            return count;
        }
        auto const number = to_number(digits);
        if (!number) return std::nullopt;
        ++count;
        index = *unit + 1;
        if (*unit == kSecondIndex) {
            sum.add_seconds(*number);
            return count;
        }
        sum.add(*number, kUnits[*unit].seconds);
        scanner.skip_spaces();
        if (scanner.take(',') || scanner.take('/')) scanner.skip_spaces();
    }
}

/// Reads the rest of a clock form, as in `13:02.5`, after its first number: two digits per part, a fraction only in the
/// last.
bool read_clock_parts(Scanner& scanner, std::span<double const> units, Sum& sum) noexcept {
    for (auto const unit : units) {
        if (!scanner.take(':')) return false;
        auto const start = scanner.at();
        auto const digits = scanner.take_while(is_digit);
        if (digits.size() != 2) return false;
        auto number = to_number(digits);
        if (unit > 1) {
            sum.add(*number, unit);
            continue;
        }
        if (scanner.take('.')) {
            auto const fraction = scanner.take_while(is_digit);
            if (fraction.empty()) return false;
            number = to_number(scanner.since(start));
        }
        sum.add_seconds(*number);
    }
    return true;
}

constexpr std::array<double, 4> kClockUnits{kDay, kHour, kMinute, 1};

/// Reads a clock form with `parts` parts, the first of which has at most `first_digits` digits.
bool read_clock(Scanner& scanner, std::size_t parts, std::size_t first_digits, Sum& sum) noexcept {
    auto const units = std::span{kClockUnits}.last(parts);
    auto const digits = scanner.take_while(is_digit);
    if (digits.empty() || digits.size() > first_digits) return false;
    sum.add(*to_number(digits), units.front());
    return read_clock_parts(scanner, units.subspan(1), sum);
}

bool ends_here(Scanner& scanner) noexcept {
    scanner.skip_spaces();
    return scanner.is_done();
}

std::optional<Sum> read_words(Scanner& scanner) noexcept {
    Sum sum;
    auto const count = read_units(scanner, kUnits.size(), sum);
    if (!count || *count == 0 || !ends_here(scanner)) return std::nullopt;
    return sum;
}

/// Reads `1:24`, `4:13:02` with optional years to days before it, `5:10:11:12`, or `:22`.
std::optional<Sum> read_clocks(Scanner& scanner) noexcept {
    scanner.skip_spaces();
    auto const start = scanner.at();
    auto const attempt = [&](auto read) -> std::optional<Sum> {
        scanner.back_to(start);
        Sum sum;
        if (!read(sum) || !ends_here(scanner)) return std::nullopt;
        return sum;
    };
    constexpr auto kAny = std::string_view::npos;
    if (auto sum = attempt([&](Sum& s) { return read_clock(scanner, 2, 2, s); })) return sum;
    if (auto sum = attempt([&](Sum& s) { return read_units(scanner, kHourIndex, s).has_value() && read_clock(scanner, 3, kAny, s); })) return sum;
    if (auto sum = attempt([&](Sum& s) { return read_clock(scanner, 4, kAny, s); })) return sum;
    return attempt([&](Sum& s) { return read_clock_parts(scanner, std::span{kClockUnits}.last(1), s); });
}

struct IsoState {
    double total = 0;
    bool had_fraction = false;
    bool had_week = false;
    std::size_t parts = 0;
};

struct IsoUnit {
    char letter;
    double seconds;
};
constexpr auto kIsoDate = std::to_array<IsoUnit>({{'y', kYear}, {'m', kMonth}, {'w', kWeek}, {'d', kDay}});
constexpr auto kIsoTime = std::to_array<IsoUnit>({{'h', kHour}, {'m', kMinute}, {'s', 1}});

/// Reads one half of an ISO 8601 duration: `1Y2M10D`, or `2H30M` after the `T`.
bool read_iso_half(Scanner& scanner, std::span<IsoUnit const> units, IsoState& state) noexcept {
    std::size_t index = 0;
    while (!scanner.is_done()) {
        auto const start = scanner.at();
        auto const digits = scanner.take_while(is_digit);
        if (digits.empty()) return true;
        if (state.had_fraction) return false;
        auto number = to_number(digits)->value;
        if (scanner.take('.') || scanner.take(',')) {
            auto const fraction = scanner.take_while(is_digit);
            if (fraction.empty()) return false;
            state.had_fraction = true;
            // `from_chars` doesn't accept the comma that ISO 8601 allows, so parse a copy with a dot.
            std::array<char, kMaxLifetimeText + 1> text{};
            auto const written = scanner.since(start);
            if (written.size() > text.size()) return false;
            std::ranges::copy(written, text.begin());
            std::ranges::replace(text, ',', '.');
            number = to_number({text.data(), written.size()})->value;
        }
        while (index < units.size() && !scanner.take(units[index].letter)) ++index;
        if (index == units.size()) return false;
        state.had_week = state.had_week || units[index].letter == 'w';
        state.total += number * units[index].seconds;
        ++state.parts;
        ++index;
    }
    return true;
}

std::optional<double> read_iso(Scanner& scanner) noexcept {
    if (!scanner.take('p')) return std::nullopt;
    IsoState state;
    if (!read_iso_half(scanner, kIsoDate, state)) return std::nullopt;
    if (scanner.take('t')) {
        auto const date_parts = state.parts;
        if (state.had_fraction || !read_iso_half(scanner, kIsoTime, state) || state.parts == date_parts) return std::nullopt;
    }
    // Weeks can't be combined with other units (RFC 3339, appendix A: dur-week).
    if (state.parts == 0 || !scanner.is_done() || (state.had_week && state.parts > 1)) return std::nullopt;
    return state.total;
}

std::expected<Seconds, DurationError> bounded(double value) noexcept {
    if (!std::isfinite(value) || std::abs(value) >= kFirstInexact)
        return std::unexpected{DurationError{.reason = DurationError::Reason::kOverflow, .offset = 0}};
    return Seconds{value + 0.0};  // turns -0 into 0
}

}  // namespace

std::expected<Seconds, DurationError> read_duration(std::string_view text) noexcept {
    auto const unreadable = [](std::size_t offset) {
        return std::unexpected{DurationError{.reason = DurationError::Reason::kUnreadable, .offset = offset}};
    };
    auto const foreign = std::ranges::find_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (foreign != text.end()) return unreadable(static_cast<std::size_t>(foreign - text.begin()));

    Scanner prefix{text, 0};
    if (auto const value = read_iso(prefix)) return bounded(*value);

    Scanner scanner{text, 0};
    scanner.skip_spaces();
    auto const sign_at = scanner.at();
    double const sign = scanner.take('-') ? -1 : 1;
    // pytimeparse's class of signs is `[+|-]`, which includes the bar.
    if (scanner.at() == sign_at && !scanner.take('+')) scanner.take('|');
    scanner.skip_spaces();
    auto const start = scanner.at();
    // Python's `.*$` allows one newline at the end of the text, and none inside.
    auto body = text;
    if (body.size() > start && body.ends_with('\n')) body.remove_suffix(1);
    if (auto const newline = body.find('\n', start); newline != std::string_view::npos) return unreadable(newline);

    Scanner words{body, start};
    if (auto const sum = read_words(words)) return bounded(sum->signed_value(sign));
    Scanner clocks{body, start};
    if (auto const sum = read_clocks(clocks)) return bounded(sum->signed_value(sign));
    return unreadable(std::max(words.stuck(), prefix.stuck()));
}

std::expected<Seconds, LifetimeError> validate_lifetime(Seconds lifetime, Seconds max_lifetime) noexcept {
    if (std::isnan(lifetime.count())) return std::unexpected{LifetimeError::kTooShort};
    if (lifetime < Seconds{1}) return std::unexpected{LifetimeError::kTooShort};
    if (lifetime > max_lifetime || std::isinf(lifetime.count())) return std::unexpected{LifetimeError::kTooLong};
    return lifetime;
}

std::expected<Seconds, LifetimeError> validate_lifetime(std::string_view text, Seconds max_lifetime) noexcept {
    if (text.size() > kMaxLifetimeText) return std::unexpected{LifetimeError::kUnreadable};
    auto const lifetime = read_duration(text);
    if (!lifetime)
        return std::unexpected{lifetime.error().reason == DurationError::Reason::kOverflow ? LifetimeError::kTooLong : LifetimeError::kUnreadable};
    return validate_lifetime(*lifetime, max_lifetime);
}

}  // namespace warder
