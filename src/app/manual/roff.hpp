// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

/// Manual pages in the macros of man(7).
namespace warder::app {

/// Returns the text with what roff gives a meaning escaped. What is between backticks becomes bold.
[[nodiscard]] std::string roff_text(std::string_view text);
[[nodiscard]] std::string roff_bold(std::string_view text);
[[nodiscard]] std::string roff_italic(std::string_view text);

/// Returns the text as a sentence: it begins with a capital letter and ends with a period.
[[nodiscard]] std::string as_sentence(std::string_view text);

/// Writes a page from its top to its end. Texts are marked up already, by the functions above.
class RoffPage {
  public:
    /// @param title    such as "WARDER".
    /// @param source   the name and the version of the program.
    RoffPage(std::string_view title, std::string_view section, std::string_view date, std::string_view source, std::string_view manual);

    void heading(std::string_view name);
    void subheading(std::string_view name);
    void paragraph(std::string_view text);
    /// Writes a term and, indented, its explanation.
    void tagged(std::string_view term, std::string_view text);
    /// Writes lines as they are, in a fixed-width font.
    void example(std::string_view lines);

    [[nodiscard]] std::string const& text() const noexcept { return page_; }

  private:
    void wrapped(std::string_view text);

    std::string page_;
    bool is_after_heading_ = false;  ///< A paragraph begins there anyway.
};

}  // namespace warder::app
