// SPDX-License-Identifier: MIT
#include "store/users_json/json_layout.hpp"

#include "core/text/hex.hpp"
#include "core/text/json_string.hpp"
#include "core/text/utf8.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace warder::store {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kIndent = 4;

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Reads a text in one pass and writes it in the new layout.
class Layouter {
  public:
    explicit Layouter(std::string_view text) : text_{text} { out_.reserve(text.size()); }

    std::expected<std::string, LayoutError> run() {
        skip_space();
        if (!value()) return std::unexpected{LayoutError{.offset = at_, .why = why_}};
        skip_space();
        if (at_ < text_.size()) return std::unexpected{LayoutError{.offset = at_, .why = "unexpected text after the end"}};
        return std::move(out_);
    }

  private:
    [[nodiscard]] char next() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool fail(std::string_view why) {
        why_ = why;
        return false;
    }
    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    bool take(char wanted) {
        if (next() != wanted || at_ == text_.size()) return false;
        ++at_;
        return true;
    }

    bool value() {
        switch (next()) {
            case '{':
                return container('}', "a comma or the end of the object is missing",
                                 [this, keys = std::set<std::string>{}]() mutable { return key(keys) && value(); });
            case '[':
                return container(']', "a comma or the end of the list is missing", [this] { return value(); });
            case '"':
                return string();
            case 't':
                return word("true");
            case 'f':
                return word("false");
            case 'n':
                return word("null");
            default:
                return number();
        }
    }

    template <class Item>
    bool container(char end, std::string_view what_is_missing, Item item) {
        if (++depth_ > kMaxDepth) return fail("nested too deeply");
        out_ += text_[at_++];
        skip_space();
        if (!take(end)) {
            for (;;) {
                append_line(out_, depth_);
                if (!item()) return false;
                skip_space();
                if (take(end)) break;
                if (!take(',')) return fail(what_is_missing);
                out_ += ',';
                skip_space();
            }
            append_line(out_, depth_ - 1);
        }
        out_ += end;
        --depth_;
        return true;
    }

    bool key(std::set<std::string>& keys) {
        auto const start = at_;
        if (next() != '"') return fail("a key is missing");
        if (!string()) return false;
        auto name = core::read_json_string(text_.substr(start, at_ - start));
        if (!name || !keys.insert(std::move(*name)).second) {
            at_ = start;
            return fail(name ? "duplicate key" : "a key has an unpaired surrogate");
        }
        skip_space();
        if (!take(':')) return fail("a colon is missing");
        out_ += ": ";
        skip_space();
        return true;
    }

    bool string() {
        auto const start = at_++;
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (static_cast<unsigned char>(text_[at_]) < 0x20) return fail("a string has a control character");
            if (text_[at_] == '\\' && !escape()) return fail("a string has an invalid escape sequence");
        }
        if (!take('"')) return fail("a string has no closing quote");
        return keep(start);
    }

    /// Advances to the last byte of the escape.
    bool escape() {
        auto const rest = text_.substr(at_ + 1);
        if (rest.empty() || !std::string_view{R"("\/bfnrtu)"}.contains(rest.front())) return false;
        ++at_;
        if (rest.front() != 'u') return true;
        if (rest.size() < 5 || !std::ranges::all_of(rest.substr(1, 4), [](char c) { return core::hex_value(c).has_value(); })) return false;
        at_ += 4;
        return true;
    }

    bool word(std::string_view wanted) {
        if (!text_.substr(at_).starts_with(wanted)) return fail("a value is missing");
        auto const start = std::exchange(at_, at_ + wanted.size());
        return keep(start);
    }

    bool digits() {
        if (!is_digit(next())) return false;
        while (is_digit(next())) ++at_;
        return true;
    }
    bool number() {
        auto const start = at_;
        take('-');
        if (!take('0') && !digits()) return fail(at_ == start ? "a value is missing" : "invalid number");
        if (take('.') && !digits()) return fail("invalid number");
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return fail("invalid number");
        }
        return keep(start);
    }

    bool keep(std::size_t start) {
        out_.append(text_.substr(start, at_ - start));
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::string out_;
    std::string_view why_;
};

/// Returns where the value that starts here ends. The text must be valid.
std::size_t end_of_value(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    for (; at < text.size(); ++at) {
        switch (text[at]) {
            case '"':
                for (++at; text[at] != '"'; ++at)
                    if (text[at] == '\\') ++at;
                break;
            case '{':
            case '[':
                ++depth;
                continue;
            case '}':
            case ']':
                if (depth == 0) return at;  // the end of the enclosing object or list
                --depth;
                break;
            case ',':
            case '\n':
                if (depth == 0) return at;
                continue;
            default:
                continue;
        }
        if (depth == 0) return at + 1;
    }
    return at;
}

/// Returns where the next item of the object or list starts, after the one that ended here; nullopt after the last.
std::optional<std::size_t> next_item(std::string_view text, std::size_t at) {
    while (text[at] == ',' || is_space(text[at])) ++at;
    if (text[at] == '}' || text[at] == ']') return std::nullopt;
    return at;
}

}  // namespace

void append_line(std::string& out, std::size_t depth) { out.append(1, '\n').append(kIndent * depth, ' '); }

std::expected<std::string, LayoutError> lay_out(std::string_view text) {
    if (auto const foreign = core::find_not_utf8(text)) return std::unexpected{LayoutError{.offset = *foreign, .why = "invalid UTF-8"}};
    return Layouter{text}.run();
}

std::string describe_position(std::string_view text, std::size_t offset) {
    auto const line = 1 + std::ranges::count(text.substr(0, offset), '\n');
    return "line " + std::to_string(line) + ", byte " + std::to_string(offset) + " of the file";
}

std::vector<Member> members_of(std::string_view object) {
    std::vector<Member> members;
    for (auto at = next_item(object, 1); at;) {
        auto const key_end = end_of_value(object, *at);
        auto const start = key_end + 2;  // after ": "
        auto const end = end_of_value(object, start);
        members.push_back({.key = object.substr(*at, key_end - *at), .value = object.substr(start, end - start)});
        at = next_item(object, end);
    }
    return members;
}

std::vector<std::string_view> elements_of(std::string_view list) {
    std::vector<std::string_view> elements;
    for (auto at = next_item(list, 1); at;) {
        auto const end = end_of_value(list, *at);
        elements.push_back(list.substr(*at, end - *at));
        at = next_item(list, end);
    }
    return elements;
}

std::optional<std::string_view> member_of(std::string_view object, std::string_view name) {
    for (auto const& member : members_of(object))
        if (core::read_json_string(member.key) == name) return member.value;
    return std::nullopt;
}

std::optional<std::string> text_member(std::string_view object, std::string_view name) {
    auto const value = member_of(object, name);
    return value && is_string(*value) ? core::read_json_string(*value) : std::nullopt;
}

std::string with_member(std::string_view object, std::size_t depth, std::string_view name, std::string_view value) {
    std::string out;
    out.reserve(object.size() + name.size() + value.size() + kIndent * (depth + 2));
    if (auto const present = member_of(object, name)) {
        auto const start = static_cast<std::size_t>(present->data() - object.data());
        return out.append(object.substr(0, start)).append(value).append(object.substr(start + present->size()));
    }
    bool const is_empty = object == "{}";
    out.append(object.substr(0, is_empty ? 1 : object.rfind('\n')));
    if (!is_empty) out += ',';
    append_line(out, depth + 1);
    core::append_ascii_json_string(out, name);
    out.append(": ").append(value);
    append_line(out, depth);
    return out.append(1, '}');
}

}  // namespace warder::store
