// SPDX-License-Identifier: MIT
#include "store/users_json/lossless_json.hpp"

#include "core/sax.hpp"
#include "core/text/json_string.hpp"
#include "core/text/utf8.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace warder::store {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kIndent = 4;
constexpr char kNumberMark = '\xFF';  // in no UTF-8

/// Builds the value that a parser reads.
struct Builder : core::SaxDefaults {
    struct Open {
        json::value container;
        std::string key{};
    };
    std::vector<Open> open;  ///< The objects and lists whose end was not read yet.
    std::string text;        ///< Of the string or key that is being read.
    json::value root;
    bool has_duplicate_key = false;

    bool add(json::value value) {
        if (open.empty()) root = std::move(value);
        else if (auto* const object = open.back().container.if_object()) object->emplace(open.back().key, std::move(value));
        else open.back().container.get_array().push_back(std::move(value));
        return true;
    }
    bool begin(json::value empty) {
        open.push_back({.container = std::move(empty)});
        return true;
    }
    bool end() {
        auto container = std::move(open.back().container);
        open.pop_back();
        return add(std::move(container));
    }
    bool on_object_begin(Code&) { return begin(json::object{}); }
    bool on_object_end(std::size_t, Code&) { return end(); }
    bool on_array_begin(Code&) { return begin(json::array{}); }
    bool on_array_end(std::size_t, Code&) { return end(); }

    bool on_key_part(Text part, std::size_t, Code&) { return on_part(part); }
    bool on_key(Text part, std::size_t, Code& code) {
        on_part(part);
        has_duplicate_key = open.back().container.get_object().contains(text);
        open.back().key = std::exchange(text, {});
        return !has_duplicate_key || stop(code);
    }
    bool on_string_part(Text part, std::size_t, Code&) { return on_part(part); }
    bool on_string(Text part, std::size_t, Code&) {
        on_part(part);
        return add(json::string{std::exchange(text, {})});
    }
    bool on_part(Text part) {
        text.append(part.data(), part.size());
        return true;
    }
    bool on_number(Text spelling) { return add(make_number({spelling.data(), spelling.size()})); }
    bool on_int64(std::int64_t, Text spelling, Code&) { return on_number(spelling); }
    bool on_uint64(std::uint64_t, Text spelling, Code&) { return on_number(spelling); }
    bool on_double(double, Text spelling, Code&) { return on_number(spelling); }
    bool on_bool(bool value, Code&) { return add(value); }
    bool on_null(Code&) { return add(nullptr); }
};

std::unexpected<std::string> error_at(std::string const& why, std::string_view text, std::size_t offset) {
    auto const line = 1 + std::ranges::count(text.substr(0, offset), '\n');
    return std::unexpected{why + ", line " + std::to_string(line) + ", byte " + std::to_string(offset) + " of the file"};
}

/// Returns what is wrong with a text that can't be parsed beyond its end.
std::string describe(json::error_code const& code, std::string_view read) {
    // The parser has no word of its own for one half of a surrogate pair without the other.
    auto const escape = read.rfind("\\u");
    bool const is_surrogate =
        escape != std::string_view::npos && escape + 3 < read.size() && (read[escape + 2] | 0x20) == 'd' && read[escape + 3] > '7';
    return is_surrogate && escape + 6 >= read.size() ? "unpaired surrogate" : code.message();
}

std::string_view view_of(json::string const& text) noexcept { return {text.data(), text.size()}; }

/// Returns the spelling of a number, or nullopt for a text. A text can begin with the mark only if it didn't come from
/// a parsed value, and even then nothing but a number is printed without quotes.
std::optional<std::string_view> spelling_of(json::string const& string) noexcept {
    auto const text = view_of(string);
    bool const is_number = text.size() > 1 && text.front() == kNumberMark && text.find_first_not_of("0123456789+-.eE", 1) == std::string_view::npos;
    return is_number ? std::optional{text.substr(1)} : std::nullopt;
}

json::string const* string_in(json::object const& object, std::string_view name) noexcept {
    auto const* const member = object.if_contains(name);
    return member == nullptr ? nullptr : member->if_string();
}

}  // namespace

std::expected<json::value, std::string> parse_json(std::string_view text) {
    if (auto const foreign = core::find_not_utf8(text)) return error_at("invalid UTF-8", text, *foreign);
    json::parse_options options;
    options.max_depth = kMaxDepth;
    json::basic_parser<Builder> parser{options};
    json::error_code code;
    auto const end = parser.write_some(false, text.data(), text.size(), code);
    if (parser.handler().has_duplicate_key) return error_at("duplicate key", text, end);
    if (code) return error_at(describe(code, text.substr(0, end)), text, end);
    if (end < text.size()) return error_at("unexpected text after the end", text, end);
    return std::move(parser.handler().root);
}

void print_json(std::string& out, json::value const& value, std::size_t depth) {
    switch (value.kind()) {
        case json::kind::object:
            return print_items(out, "{}", depth, value.get_object(), [&](auto const& member) {
                print_key(out, member.key());
                print_json(out, member.value(), depth + 1);
            });
        case json::kind::array:
            return print_items(out, "[]", depth, value.get_array(), [&](auto const& item) { print_json(out, item, depth + 1); });
        case json::kind::string:
            if (auto const number = spelling_of(value.get_string())) out += *number;
            else core::append_ascii_json_string(out, view_of(value.get_string()));
            return;
        default:
            out += json::serialize(value);
    }
}

void print_key(std::string& out, std::string_view key) {
    core::append_ascii_json_string(out, key);
    out += ": ";
}

void print_line_break(std::string& out, std::size_t depth) { out.append(1, '\n').append(kIndent * depth, ' '); }

json::string make_number(std::string_view spelling) {
    json::string number(1, kNumberMark);
    number.append(spelling);
    return number;
}

std::optional<std::string_view> number_in(json::object const& object, std::string_view name) noexcept {
    auto const* const string = string_in(object, name);
    return string == nullptr ? std::nullopt : spelling_of(*string);
}

std::optional<std::string_view> text_in(json::object const& object, std::string_view name) noexcept {
    auto const* const string = string_in(object, name);
    return string == nullptr || spelling_of(*string) ? std::nullopt : std::optional{view_of(*string)};
}

}  // namespace warder::store
