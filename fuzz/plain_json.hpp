// SPDX-License-Identifier: MIT
#pragma once

#include "core/sax.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>

/// JSON as Boost reads it without additional checks, as a reference for comparison.
namespace warder::fuzz {

inline std::optional<boost::json::value> plain_json(std::string_view text, bool trailing_commas = false) {
    boost::json::parse_options options;
    options.allow_trailing_commas = trailing_commas;
    boost::json::error_code code;
    auto value = boost::json::parse({text.data(), text.size()}, code, {}, options);
    if (code) return std::nullopt;
    return value;
}

/// Returns the number of keys in a text that `plain_json` accepts, counting duplicates.
inline std::size_t keys_in_text(std::string_view text, bool trailing_commas = false) {
    struct Counter : core::SaxDefaults {
        std::size_t count = 0;
        bool on_key(Text, std::size_t, Code&) {
            ++count;
            return true;
        }
    };
    boost::json::parse_options options;
    options.allow_trailing_commas = trailing_commas;
    boost::json::basic_parser<Counter> parser{options};
    boost::json::error_code code;
    parser.write_some(false, text.data(), text.size(), code);
    return parser.handler().count;
}

/// Returns the number of keys in the value. It is smaller than `keys_in_text` if there were duplicates.
inline std::size_t keys_in_value(boost::json::value const& value) {
    std::size_t count = 0;
    if (auto const* const object = value.if_object()) {
        for (auto const& member : *object) count += 1 + keys_in_value(member.value());
    } else if (auto const* const array = value.if_array()) {
        for (auto const& element : *array) count += keys_in_value(element);
    }
    return count;
}

/// Returns whether two values are equal, except for the last bits of fractions, which Boost rounds more than once.
inline bool is_same(boost::json::value const& a, boost::json::value const& b) {
    if (a.is_double() && b.is_double()) {
        auto const [one, other] = std::pair{a.get_double(), b.get_double()};
        return one == other || std::abs(one - other) <= 1e-14 * std::abs(one) + 1e-300;
    }
    if (a.is_array() && b.is_array()) {
        auto const [one, other] = std::pair{&a.get_array(), &b.get_array()};
        if (one->size() != other->size()) return false;
        for (std::size_t at = 0; at < one->size(); ++at)
            if (!is_same((*one)[at], (*other)[at])) return false;
        return true;
    }
    if (a.is_object() && b.is_object()) {
        auto const [one, other] = std::pair{&a.get_object(), &b.get_object()};
        if (one->size() != other->size()) return false;
        for (auto const& member : *one) {
            auto const* const twin = other->if_contains(member.key());
            if (twin == nullptr || !is_same(member.value(), *twin)) return false;
        }
        return true;
    }
    return a == b;
}

inline bool has_infinity(boost::json::value const& value) {
    if (auto const* const number = value.if_double()) return !std::isfinite(*number);
    if (auto const* const array = value.if_array()) {
        for (auto const& element : *array)
            if (has_infinity(element)) return true;
    } else if (auto const* const object = value.if_object()) {
        for (auto const& member : *object)
            if (has_infinity(member.value())) return true;
    }
    return false;
}

}  // namespace warder::fuzz
