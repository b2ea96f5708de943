// SPDX-License-Identifier: MIT
#include "app/config/toml/toml_errors.hpp"

#include "app/config/keys.hpp"
#include "app/config/preset_reader.hpp"
#include "app/config/route_keys.hpp"
#include "app/config/toml/toml_values.hpp"
#include "app/config/values.hpp"
#include "core/text/ascii.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace warder::app {
namespace {

using Kind = Key::Kind;
using Lines = std::vector<std::string_view>;

constexpr std::size_t kLongestKey = 64;
constexpr std::size_t kLongestSuggested = 200;

Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(http::trim(line));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// Returns the line without a comment. A hash sign within quotes begins no comment.
std::string_view without_comment(std::string_view line) {
    char quote_mark = '\0';
    for (std::size_t at = 0; at < line.size(); ++at) {
        char const c = line[at];
        if (quote_mark == '\0' && c == '#') return http::trim(line.substr(0, at));
        if (quote_mark == '\0' && (c == '"' || c == '\'')) quote_mark = c;
        else if (c == quote_mark) quote_mark = '\0';
    }
    return line;
}

/// Returns the name in a header such as `[log]` or `[[route]]`, also if its brackets are not closed.
std::optional<std::string_view> section_in(std::string_view line) {
    if (!line.starts_with('[')) return std::nullopt;
    auto const begin = std::min(line.find_first_not_of("[ \t"), line.size());
    auto const end = std::min(line.find_first_of("] \t#", begin), line.size());
    return line.substr(begin, end - begin);
}

struct Assignment {
    std::string_view key, value;
};
std::optional<Assignment> assignment_in(std::string_view line) {
    auto const equals = line.find('=');
    if (equals == std::string_view::npos || line.starts_with('[')) return std::nullopt;
    return Assignment{.key = http::trim(line.substr(0, equals)), .value = http::trim(line.substr(equals + 1))};
}

bool is_bare_key(std::string_view text) {
    auto const is_fit = [](char c) { return core::is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; };
    return !text.empty() && text.size() <= kLongestKey && std::ranges::all_of(text, is_fit);
}

/// The section that a line is in; empty at the top of the file.
std::string_view section_of(Lines const& lines, std::size_t line) {
    for (auto at = line; at-- > 0;)
        if (auto const section = section_in(lines[at])) return *section;
    return {};
}

/// Returns the type of a key; nullopt if there is no such key.
std::optional<Kind> kind_of(std::string_view section, std::string_view name) {
    if (section == kPreset) return kind_of_preset_key(name);
    if (section == kRoute) {
        auto const* const key = find_route_key(name);
        return key == nullptr ? std::nullopt : std::optional{key->kind};
    }
    auto const* const key = find_key(section.empty() ? std::string{name} : std::string{section}.append(1, '.').append(name));
    return key == nullptr ? std::nullopt : std::optional{key->kind};
}

/// Returns whether the value may contain a password: a URL may, and a credential is sometimes written in place of its file.
bool may_hold_secret(std::string_view name, std::string_view value) {
    return name == "credential" || name == "upstream" || value.find('@') != std::string_view::npos || value.find("://") != std::string_view::npos;
}

bool is_quote_mark(char c) { return c == '"' || c == '\''; }

/// Returns the value without the quotation marks around it, straight or typographic.
std::string without_quotes(std::string_view value) {
    constexpr auto kMarks =
        std::to_array<std::string_view>({"\"", "'", "\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E", "\xE2\x80\x98", "\xE2\x80\x99"});
    value = http::trim(value);
    for (auto const mark : kMarks) {
        while (value.starts_with(mark)) value.remove_prefix(mark.size());
        while (value.ends_with(mark)) value.remove_suffix(mark.size());
    }
    return std::string{http::trim(value)};
}

/// Returns the text in quotes as TOML, or a placeholder for a text that needs more than quotes, or is too long.
std::string as_text(std::string_view value) {
    auto const text = without_quotes(value);
    auto const is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
    return text.size() <= kLongestSuggested && std::ranges::all_of(text, is_plain) ? in_quotes(text) : R"("...")";
}

/// Returns the items of a list, with or without brackets and quotes, as TOML.
std::string as_list(std::string_view value) {
    std::string list;
    auto rest = value.substr(value.starts_with('[') ? 1 : 0);
    if (rest.ends_with(']')) rest.remove_suffix(1);
    while (!rest.empty()) {
        auto const comma = std::min(rest.find(','), rest.size());
        if (auto const item = without_quotes(rest.substr(0, comma)); !item.empty()) list.append(list.empty() ? "" : ", ").append(as_text(item));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return '[' + list + ']';
}

std::optional<std::string> as_flag(std::string_view value) {
    auto const lower = core::lowered(value);
    if (lower == "true" || lower == "yes" || lower == "on") return "true";
    if (lower == "false" || lower == "no" || lower == "off") return "false";
    return std::nullopt;
}

/// Explains a backslash in double quotes, with the value in single quotes if that is possible.
std::string explain_backslash(std::string_view key, std::string_view value) {
    auto const text = without_quotes(value);
    auto const is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"'; };
    std::string const explained = "a backslash in double quotes begins an escape sequence; ";
    if (text.find('\'') != std::string::npos) return explained + "write each backslash twice";
    auto const literal = text.size() <= kLongestSuggested && std::ranges::all_of(text, is_plain) ? text : std::string{"..."};
    return explained + "use single quotes: " + std::string{key} + " = '" + quote(literal) + '\'';
}

/// Explains the value of a key without a part of it.
std::string explain_secret_value(std::string_view key, std::string_view value) {
    if (!is_quote_mark(value.front())) return "text needs quotes: " + std::string{key} + R"( = "...")";
    if (value.find(value.front(), 1) == std::string_view::npos) return "this text has no closing quote: " + std::string{key} + R"( = "...")";
    return {};
}

/// @param what  the parser's description.
std::string explain_value(std::string_view section, Assignment const& assignment, std::string_view what) {
    auto const& [key, value] = assignment;
    auto const show = [&key](std::string_view right) { return std::string{key}.append(" = ").append(quote(right)); };
    auto const kind = kind_of(section, key);
    // What looks like a key may be a line of a secret: only names of settings are repeated.
    if (!kind) return value.empty() ? "this key has no value; expected key = value" : R"(if the value is text, it needs quotes: key = "...")";
    if (value.empty()) return "this key has no value; expected " + std::string{key} + " = value";
    if (kind == Kind::kTables) return write_tables(key);
    if (auto const flag = as_flag(without_quotes(value)); flag && kind == Kind::kFlag)
        return "expected true or false, in lower case and without quotes: " + show(*flag);
    if (kind == Kind::kTexts)
        return "a list needs brackets, and each text in it needs quotes: " + show(may_hold_secret(key, value) ? R"(["..."])"
                                                                                  : section == kPreset        ? R"(["GET /v1/wallets/*"])"
                                                                                                              : as_list(value));
    if (kind == Kind::kNumber || kind == Kind::kFlag) return {};
    if (may_hold_secret(key, value)) return explain_secret_value(key, value);
    if (is_quote_mark(value.front()) && value.find(value.front(), 1) == std::string_view::npos)
        return "this text has no closing quote: " + show(as_text(value));
    bool const is_in_text = what.starts_with("string") || what.starts_with("unicode scalar");
    if (is_in_text && value.front() == '"' && value.find('\\') != std::string_view::npos) return explain_backslash(key, value);
    if (is_quote_mark(value.front()) || value.front() == '[' || value.front() == '{') return {};
    return "text needs quotes: " + show(as_text(value));
}

/// Returns the number of an earlier line for which `is_same` holds; 0 if there is none.
template <class IsSame>
std::size_t find_earlier(std::size_t line, IsSame is_same) {
    for (std::size_t at = 0; at < line; ++at)
        if (is_same(at)) return at + 1;
    return 0;
}

/// @param header  the line without a comment.
std::string explain_section(Lines const& lines, std::size_t line, std::string_view header, std::string_view section, bool is_redefined) {
    if (section == kRoute || section == kPreset) {
        bool const is_complete = header.starts_with("[[") && header.find("]]") != std::string_view::npos;
        if (is_complete)
            return is_redefined ? std::string{} : "expected nothing after [[" + std::string{section} + "]]; put each key on a line of its own";
        return write_tables(section);
    }
    // What looks like a header may be a line of a secret: only names of sections are repeated.
    bool const is_known = is_section(section);
    auto const name = is_known ? std::string{section} : std::string{"name"};
    if (!is_redefined)
        return header.find(']') == std::string_view::npos ? "this section header has no closing bracket: expected [" + name + "]" : std::string{};
    auto const subject = is_known ? "section [" + name + "]" : std::string{"this section"};
    auto const earlier = find_earlier(line, [&](std::size_t at) { return section_in(lines[at]) == section; });
    if (earlier > 0) return subject + " is defined a second time; move its keys to the first one, in line " + std::to_string(earlier);
    auto const prefix = std::string{section}.append(1, '.');
    auto const dotted = find_earlier(line, [&](std::size_t at) { return lines[at].starts_with(prefix); });
    if (dotted > 0) return subject + " is already defined by the key in line " + std::to_string(dotted) + "; move that key below the header";
    return {};
}

/// @param what  the parser's description.
std::string explain_line(Lines const& lines, std::size_t line, std::string_view what) {
    bool const is_redefined = what.find("redefine") != std::string_view::npos;
    auto const text = without_comment(lines[line]);
    if (auto const section = section_in(text)) return explain_section(lines, line, text, *section, is_redefined);
    auto const section = section_of(lines, line);
    auto const assignment = assignment_in(text);
    if (assignment && is_bare_key(assignment->key)) {
        if (!is_redefined) return explain_value(section, *assignment, what);
        auto const earlier = find_earlier(line, [&](std::size_t at) {
            auto const other = assignment_in(lines[at]);
            return other && other->key == assignment->key && section_of(lines, at).data() == section.data();
        });
        return earlier == 0 ? std::string{}
                            : (kind_of(section, assignment->key) ? in_quotes(assignment->key) : std::string{"this key"}) +
                                  " is set a second time; it is already set in line " + std::to_string(earlier);
    }
    auto const key = text.substr(0, std::min(text.find_first_of(": \t"), text.size()));
    if (!assignment && is_bare_key(key) && kind_of(section, key)) return "this line has no equals sign: expected " + std::string{key} + " = value";
    return text.starts_with("//") || text.starts_with(';') ? "a comment begins with #" : std::string{};
}

}  // namespace

std::string explain_toml_error(std::string_view text, std::size_t line, std::string_view reported) {
    auto const lines = lines_of(text);
    std::string explained;
    constexpr std::string_view kBeginning = "Error while parsing ";
    constexpr std::string_view kArray = "array";
    auto what = reported;
    if (what.starts_with(kBeginning)) what.remove_prefix(kBeginning.size());
    // The line of the error may be behind the list that isn't closed, and be right.
    if (what.starts_with(kArray)) return "invalid TOML: " + quote(what) + "; the list may begin in an earlier line";
    if (line > 0 && line <= lines.size()) explained = explain_line(lines, line - 1, what);
    if (!explained.empty()) return explained;
    return "invalid TOML: " + quote(what);
}

}  // namespace warder::app
