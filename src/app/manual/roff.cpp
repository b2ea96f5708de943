// SPDX-License-Identifier: MIT
#include "app/manual/roff.hpp"

#include <algorithm>

namespace warder::app {
namespace {

constexpr std::size_t kLineWidth = 78;

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '\\':
            out += "\\e";
            break;
        case '-':
            out += "\\-";
            break;
        case '\'':
            out += "\\(aq";
            break;
        case '^':
            out += "\\(ha";
            break;
        case '~':
            out += "\\(ti";
            break;
        default:
            out += c;
    }
}

std::string in_font(std::string_view text, char font) {
    std::string out{"\\f"};
    out += font;
    for (char const c : text) append_escaped(out, c);
    return out + "\\fP";
}

}  // namespace

std::string roff_text(std::string_view text) {
    std::string out;
    bool is_bold = false;
    for (char const c : text) {
        if (c != '`') append_escaped(out, c);
        else out += (is_bold = !is_bold) ? "\\fB" : "\\fP";
    }
    return out;
}

std::string roff_bold(std::string_view text) { return in_font(text, 'B'); }
std::string roff_italic(std::string_view text) { return in_font(text, 'I'); }

std::string as_sentence(std::string_view text) {
    std::string sentence{text};
    if (!sentence.empty() && sentence.front() >= 'a' && sentence.front() <= 'z') sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
    return sentence.ends_with('.') ? sentence : sentence + '.';
}

RoffPage::RoffPage(std::string_view title, std::string_view section, std::string_view date, std::string_view source, std::string_view manual) {
    page_.append(".TH ").append(title).append(" ").append(section);
    for (auto const text : {date, source, manual}) page_.append(" \"").append(text).append("\"");
    page_ += '\n';
}

void RoffPage::heading(std::string_view name) {
    page_.append(".SH ").append(name).append("\n");
    is_after_heading_ = true;
}

void RoffPage::subheading(std::string_view name) {
    page_.append(".SS ").append(name).append("\n");
    is_after_heading_ = true;
}

void RoffPage::paragraph(std::string_view text) {
    if (!is_after_heading_) page_ += ".PP\n";
    wrapped(text);
}

void RoffPage::tagged(std::string_view term, std::string_view text) {
    page_.append(".TP\n").append(term).append("\n");
    wrapped(text);
}

void RoffPage::example(std::string_view lines) {
    if (!is_after_heading_) page_ += ".PP\n";
    page_ += ".EX\n";
    while (!lines.empty()) {
        auto const line = lines.substr(0, lines.find('\n'));
        if (line.starts_with('.') || line.starts_with('\'')) page_ += "\\&";
        for (char const c : line) append_escaped(page_, c);
        page_ += '\n';
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    }
    page_ += ".EE\n";
    is_after_heading_ = false;
}

void RoffPage::wrapped(std::string_view text) {
    is_after_heading_ = false;
    std::string line;
    auto const end_line = [&] {
        if (line.starts_with('.')) page_ += "\\&";
        page_.append(line).append("\n");
        line.clear();
    };
    while (!text.empty()) {
        auto const word = text.substr(0, text.find(' '));
        if (!line.empty() && line.size() + 1 + word.size() > kLineWidth) end_line();
        line.append(line.empty() ? "" : " ").append(word);
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    if (!line.empty()) end_line();
}

}  // namespace warder::app
