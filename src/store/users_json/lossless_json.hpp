// SPDX-License-Identifier: MIT
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// JSON as values of Boost.JSON that can be edited and printed again without losing anything: objects keep the order of
/// their members, and numbers keep their spelling, which neither 64 bits nor a double can always hold.
namespace warder::store {

/// Parses a text strictly (RFC 8259: UTF-8, nothing after the value). Rejects what a value can't keep: duplicate keys,
/// halves of surrogate pairs, nesting of more than 64.
/// @return on failure the end of a sentence, without any of the text: "duplicate key, line 3, byte 120 of the file".
[[nodiscard]] std::expected<boost::json::value, std::string> parse_json(std::string_view text);

/// Appends the value as Python's `json.dump(…, indent=4)` prints it. @param depth  the number of objects and lists
/// around it.
void print_json(std::string& out, boost::json::value const& value, std::size_t depth);
void print_key(std::string& out, std::string_view key);
void print_line_break(std::string& out, std::size_t depth);

/// Prints the items of a list or an object, one in a line. @param brackets  around them.
template <class Items, class Print>
void print_items(std::string& out, std::string_view brackets, std::size_t depth, Items const& items, Print print) {
    out += brackets.front();
    bool is_first = true;
    for (auto const& item : items) {
        if (!std::exchange(is_first, false)) out += ',';
        print_line_break(out, depth + 1);
        print(item);
    }
    if (!is_first) print_line_break(out, depth);
    out += brackets.back();
}

/// Returns the value that represents a number: a string whose first byte never occurs in UTF-8.
[[nodiscard]] boost::json::string make_number(std::string_view spelling);

// These return views of the object's member, or nullopt if it is missing or has another type.
[[nodiscard]] std::optional<std::string_view> number_in(boost::json::object const& object, std::string_view name) noexcept;
[[nodiscard]] std::optional<std::string_view> text_in(boost::json::object const& object, std::string_view name) noexcept;

}  // namespace warder::store
