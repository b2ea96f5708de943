// SPDX-License-Identifier: MIT
#include "metrics/exposition.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace warder::metrics {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

std::string_view name_of(Type type) noexcept {
    constexpr std::array<std::string_view, 3> kNames{"counter", "gauge", "histogram"};
    return kNames[static_cast<std::size_t>(type)];
}

/// The format knows three escapes in a label's value.
void append_escaped(std::string& out, std::string_view text) {
    for (char const c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') out += "\\n";
        else out += c;
    }
}

void append_label(std::string& out, Label const& label) {
    out.append(out.ends_with('{') ? "" : ",").append(label.name).append("=\"");
    append_escaped(out, label.value);
    out += '"';
}

}  // namespace

std::string Exposition::number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 32> digits{};  // the shortest text of a double has at most 24 characters
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

void Exposition::begin(std::string_view family, Type type, std::string_view help) {
    family_ = family;
    text_.append("# HELP ").append(family).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(family).append(" ").append(name_of(type)).append("\n");
}

void Exposition::add(Labels labels, HistogramTotals const& totals) {
    std::span<Label const> const all{labels.begin(), labels.size()};
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket < totals.buckets.size(); ++bucket) {
        count += totals.buckets[bucket];
        auto const* const bound = bucket < kDurationBounds.size() ? kDurationBounds[bucket].text : "+Inf";
        add_text("_bucket", all, {.name = "le", .value = bound}, std::to_string(count));
    }
    add_text("_sum", all, {}, number(static_cast<double>(totals.nanoseconds) / kNanosecondsPerSecond));
    add_text("_count", all, {}, std::to_string(count));
}

/// @param last  a further label, if it has a name.
void Exposition::add_text(std::string_view suffix, std::span<Label const> labels, Label const& last, std::string_view value) {
    text_.append(family_).append(suffix);
    if (!labels.empty() || !last.name.empty()) {
        text_ += '{';
        for (auto const& label : labels) append_label(text_, label);
        if (!last.name.empty()) append_label(text_, last);
        text_ += '}';
    }
    text_.append(" ").append(value).append("\n");
}

}  // namespace warder::metrics
