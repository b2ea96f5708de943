// SPDX-License-Identifier: MIT
#pragma once

#include "metrics/histogram.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace warder::metrics {

/// The media type of the text.
inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

enum class Type : std::uint8_t { kCounter, kGauge, kHistogram };

struct Label {
    std::string_view name;
    std::string_view value;  ///< Any UTF-8; escaped where the format requires it.
};
using Labels = std::initializer_list<Label>;

/// Writes metrics in Prometheus' text format, version 0.0.4. Write all samples of a family right after it.
class Exposition {
  public:
    /// Starts a family of series, which share their name.
    /// @param help  one line of plain text.
    void begin(std::string_view family, Type type, std::string_view help);

    /// Adds a series of the current family and its value.
    void add(Labels labels, std::integral auto value) { add_text({}, labels, {}, std::to_string(value)); }
    void add(Labels labels, double value) { add_text({}, labels, {}, number(value)); }
    /// Adds the series of one histogram of the current family.
    void add(Labels labels, HistogramTotals const& totals);

    /// Returns the size of the text that was not taken.
    [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }
    /// Returns what was written since the last call: whole lines. The current family stays, so more samples can follow.
    [[nodiscard]] std::string take() noexcept { return std::exchange(text_, {}); }

    /// Returns a number as the format writes it: the shortest text that reads as the same number, `NaN`, `+Inf` or `-Inf`.
    [[nodiscard]] static std::string number(double value);

  private:
    void add_text(std::string_view suffix, std::span<Label const> labels, Label const& last, std::string_view value);

    std::string family_;
    std::string text_;
};

}  // namespace warder::metrics
