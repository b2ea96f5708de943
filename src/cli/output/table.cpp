// SPDX-License-Identifier: MIT
#include "cli/output/table.hpp"

#include "cli/output/terminal.hpp"
#include "core/text/utf8.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <locale.h>
#include <unistd.h>
#include <wchar.h>

namespace warder::cli {
namespace {

constexpr std::size_t kGap = 2;

/// Makes this thread's functions for wide characters know Unicode during its lifetime, whatever the environment says.
/// Takes about a millisecond: once for a table, not for each cell.
class UnicodeLocale {
  public:
    UnicodeLocale() : locale_{::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)} {
        if (locale_ != nullptr) before_ = ::uselocale(locale_);
    }
    UnicodeLocale(UnicodeLocale const&) = delete;
    UnicodeLocale& operator=(UnicodeLocale const&) = delete;
    ~UnicodeLocale() {
        if (locale_ == nullptr) return;
        ::uselocale(before_);
        ::freelocale(locale_);
    }

  private:
    locale_t locale_;
    locale_t before_{};
};

std::string_view escape_sequence(Emphasis emphasis) noexcept {
    switch (emphasis) {
        case Emphasis::kNone:
            break;
        case Emphasis::kLabel:
            return "\x1b[1m";
        case Emphasis::kWarning:
            return "\x1b[33m";
        case Emphasis::kEnded:
            return "\x1b[31m";
    }
    return {};
}

std::string readable(std::string_view text) { return http::quote_for_message(text, std::numeric_limits<std::size_t>::max()); }

std::size_t width_in_this_locale(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        auto const point = core::take_code_point(text);
        if (!point) text.remove_prefix(1);
        auto const columns = point ? ::wcwidth(static_cast<wchar_t>(*point)) : 1;
        width += static_cast<std::size_t>(std::max(columns, 0));
    }
    return width;
}

void append_cell(std::string& line, std::string_view text, Emphasis emphasis, Colors colors) {
    auto const sequence = colors == Colors::kAnsi ? escape_sequence(emphasis) : std::string_view{};
    line.append(sequence).append(text).append(sequence.empty() ? "" : "\x1b[0m");
}

}  // namespace

std::size_t display_width(std::string_view text) {
    UnicodeLocale const unicode;
    return width_in_this_locale(text);
}

Table Table::with_header(std::vector<std::string> names) {
    Table table;
    auto& header = table.rows_.emplace_back();
    for (auto& name : names) header.emplace_back(std::move(name), Emphasis::kLabel);
    table.header_rows_ = 1;
    return table;
}

void Table::add_property(std::string name, std::vector<std::string> const& values) {
    for (auto const& value : values) add({{std::exchange(name, {}), Emphasis::kLabel}, value});
}

std::string Table::text(Colors colors) const {
    if (rows_.size() <= header_rows_) return {};
    UnicodeLocale const unicode;
    std::vector<std::vector<std::pair<std::string, std::size_t>>> texts;
    std::vector<std::size_t> widths;
    for (auto const& row : rows_) {
        auto& line = texts.emplace_back();
        widths.resize(std::max(widths.size(), row.size()));
        for (auto const& cell : row) {
            auto text = readable(cell.text);
            auto const width = width_in_this_locale(text);
            auto& widest = widths[line.size()];
            widest = std::max(widest, width);
            line.emplace_back(std::move(text), width);
        }
    }
    std::string lines;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        for (std::size_t column = 0; column < rows_[row].size(); ++column) {
            auto const& [text, width] = texts[row][column];
            append_cell(lines, text, rows_[row][column].emphasis, colors);
            if (column + 1 < rows_[row].size()) lines.append(widths[column] - width + kGap, ' ');
        }
        lines += '\n';
    }
    return lines;
}

void print(Table const& table) {
    auto const lines = table.text(colors_for(::isatty(STDOUT_FILENO) == 1, std::getenv("NO_COLOR"), std::getenv("TERM")));
    std::fwrite(lines.data(), 1, lines.size(), stdout);
}

Colors colors_for(bool is_terminal, char const* no_color, char const* term) {
    bool const is_refused = no_color != nullptr && *no_color != '\0';
    bool const is_plain = term == nullptr || *term == '\0' || std::string_view{term} == "dumb";
    return is_terminal && !is_refused && !is_plain ? Colors::kAnsi : Colors::kNone;
}

}  // namespace warder::cli
