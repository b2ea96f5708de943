// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A simple reader of RFC 8259, one function per rule, without Boost, as a reference for comparison.
namespace warder::fuzz {

struct PlainTree {
    enum class Kind : std::uint8_t { kObject, kArray, kString, kNumber, kWord } kind = Kind::kWord;
    std::string_view raw;  ///< As it is in the text.
    std::string text;      ///< The unescaped content of a string.
    std::string key;       ///< The unescaped key of a member of an object.
    std::vector<PlainTree> children;
};

class PlainReader {
  public:
    explicit PlainReader(std::string_view text) : text_{text} {}

    /// Reads the whole text as one value; nullopt if it is not JSON. The caller must check the encoding of bytes above
    /// 127.
    std::optional<PlainTree> read() {
        skip_space();
        auto value = read_value(0);
        skip_space();
        if (!value || at_ < text_.size()) return std::nullopt;
        return value;
    }
    /// Returns whether a number had more digits in its exponent than a strict reader must accept.
    [[nodiscard]] bool has_long_exponent() const noexcept { return has_long_exponent_; }

  private:
    static constexpr std::size_t kMaxDepth = 32;
    static constexpr std::size_t kLongExponent = 10;

    [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void skip_space() {
        while (at_ < text_.size() && std::string_view{" \t\n\r"}.find(text_[at_]) != std::string_view::npos) ++at_;
    }
    std::size_t take_digits() {
        auto const begin = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ - begin;
    }

    std::optional<PlainTree> read_value(std::size_t depth) {
        PlainTree value;
        auto const begin = at_;
        bool is_read = false;
        if (peek() == '{') is_read = read_object(value, depth + 1);
        else if (peek() == '[') is_read = read_array(value, depth + 1);
        else if (peek() == '"') is_read = read_string(value);
        else if (peek() == '-' || (peek() >= '0' && peek() <= '9')) is_read = read_number(value);
        else is_read = read_word();
        if (!is_read) return std::nullopt;
        value.raw = text_.substr(begin, at_ - begin);
        return value;
    }

    bool read_object(PlainTree& object, std::size_t depth) {
        object.kind = PlainTree::Kind::kObject;
        take('{');
        if (depth > kMaxDepth) return false;
        skip_space();
        if (take('}')) return true;
        do {
            skip_space();
            PlainTree key;
            if (peek() != '"' || !read_string(key)) return false;
            skip_space();
            if (!take(':')) return false;
            skip_space();
            auto value = read_value(depth);
            if (!value) return false;
            value->key = std::move(key.text);
            object.children.push_back(std::move(*value));
            skip_space();
        } while (take(','));
        return take('}');
    }

    bool read_array(PlainTree& array, std::size_t depth) {
        array.kind = PlainTree::Kind::kArray;
        take('[');
        if (depth > kMaxDepth) return false;
        skip_space();
        if (take(']')) return true;
        do {
            skip_space();
            auto value = read_value(depth);
            if (!value) return false;
            array.children.push_back(std::move(*value));
            skip_space();
        } while (take(','));
        return take(']');
    }

    bool read_number(PlainTree& number) {
        number.kind = PlainTree::Kind::kNumber;
        take('-');
        if (!take('0') && take_digits() == 0) return false;
        if (take('.') && take_digits() == 0) return false;
        if (!take('e') && !take('E')) return true;
        if (!take('+')) take('-');
        auto const digits = take_digits();
        has_long_exponent_ |= digits >= kLongExponent;
        return digits > 0;
    }

    bool read_word() {
        for (auto const word : {std::string_view{"true"}, std::string_view{"false"}, std::string_view{"null"}}) {
            if (!text_.substr(at_).starts_with(word)) continue;
            at_ += word.size();
            return true;
        }
        return false;
    }

    bool read_string(PlainTree& string) {
        string.kind = PlainTree::Kind::kString;
        take('"');
        while (at_ < text_.size()) {
            char const c = text_[at_++];
            if (c == '"') return true;
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c != '\\') string.text += c;
            else if (!read_escape(string.text)) return false;
        }
        return false;
    }

    bool read_escape(std::string& out) {
        constexpr std::string_view kLetters = "\"\\/bfnrt";
        constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
        if (auto const letter = kLetters.find(peek()); letter != std::string_view::npos) {
            ++at_;
            out += kMeant[letter];
            return true;
        }
        auto point = read_unit();
        if (!point || (*point >= 0xDC00 && *point < 0xE000)) return false;
        if (*point >= 0xD800 && *point < 0xDC00) {
            if (!take('\\')) return false;
            auto const low = read_unit();
            if (!low || *low < 0xDC00 || *low >= 0xE000) return false;
            point = 0x10000U + ((*point & 0x3FFU) << 10U) + (*low & 0x3FFU);
        }
        append_utf8(out, *point);
        return true;
    }

    std::optional<std::uint32_t> read_unit() {
        if (!take('u')) return std::nullopt;
        std::uint32_t unit = 0;
        for (int digit = 0; digit < 4; ++digit) {
            constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
            auto const value = at_ < text_.size() ? kDigits.find(text_[at_]) : std::string_view::npos;
            if (value == std::string_view::npos) return std::nullopt;
            unit = unit * 16 + static_cast<std::uint32_t>(value > 15 ? value - 6 : value);
            ++at_;
        }
        return unit;
    }

    static void append_utf8(std::string& out, std::uint32_t point) {
        auto const add = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
        if (point < 0x80) return add(point);
        if (point < 0x800) {
            add(0xC0U | point >> 6U);
        } else {
            if (point < 0x10000) {
                add(0xE0U | point >> 12U);
            } else {
                add(0xF0U | point >> 18U);
                add(0x80U | (point >> 12U & 0x3FU));
            }
            add(0x80U | (point >> 6U & 0x3FU));
        }
        add(0x80U | (point & 0x3FU));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool has_long_exponent_ = false;
};

}  // namespace warder::fuzz
