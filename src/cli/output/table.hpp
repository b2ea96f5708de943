// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::cli {

/// What a cell stands out for on a terminal with colors.
enum class Emphasis : std::uint8_t { kNone, kLabel, kWarning, kEnded };

/// A text in a table. It may come from outside: what isn't readable is escaped when it is printed.
struct Cell {
    std::string text;
    Emphasis emphasis = Emphasis::kNone;

    Cell(std::string content, Emphasis stands_out = Emphasis::kNone) : text{std::move(content)}, emphasis{stands_out} {}
    Cell(char const* content) : text{content} {}
};

enum class Colors : std::uint8_t { kNone, kAnsi };

/// Rows of cells in columns that are as wide as their widest cell.
class Table {
  public:
    /// Starts a table whose first row names the columns.
    static Table with_header(std::vector<std::string> names);
    /// Starts a table of one object: each row is the name of a property and its value.
    static Table of_properties() { return Table{}; }

    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    /// Adds a property with several values, one per row.
    void add_property(std::string name, std::vector<std::string> const& values);

    /// Returns the lines; nothing if there are no rows below the header.
    [[nodiscard]] std::string text(Colors colors) const;

  private:
    std::vector<std::vector<Cell>> rows_;
    std::size_t header_rows_ = 0;
};

/// Prints the table on standard output, with colors if that is a terminal and `NO_COLOR` is unset.
void print(Table const& table);

/// Returns whether colors are wanted: not if `NO_COLOR` (https://no-color.org) has a value or the terminal has none.
/// @param no_color, term  the environment variables; null if unset.
[[nodiscard]] Colors colors_for(bool is_terminal, char const* no_color, char const* term);

/// Returns how many columns of a terminal a text takes.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace warder::cli
