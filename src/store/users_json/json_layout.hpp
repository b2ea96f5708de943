// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Formats and splits JSON without converting it: every string and number keeps its bytes, every object the order of
/// its members.
namespace warder::store {

struct LayoutError {
    std::size_t offset;
    std::string_view why;  ///< The end of a sentence, without any of the text: "a comma or the end of the list is missing".
};

/// Validates a text strictly (RFC 8259: UTF-8, no duplicate keys, nothing after the value, nesting of at most 64) and
/// formats it like Python's `json.dump(…, indent=4)`. What Python wrote is returned byte for byte. Numbers may have any
/// size.
[[nodiscard]] std::expected<std::string, LayoutError> lay_out(std::string_view text);

/// Returns a position for messages, such as "line 3, byte 120 of the file".
[[nodiscard]] std::string describe_position(std::string_view text, std::size_t offset);

/// A member of a formatted object: views of the object's text.
struct Member {
    std::string_view key;  ///< With its quotes.
    std::string_view value;
};

// The functions below expect text that `lay_out` returned, or a value cut out of it.

[[nodiscard]] constexpr bool is_object(std::string_view value) noexcept { return value.starts_with('{'); }
[[nodiscard]] constexpr bool is_list(std::string_view value) noexcept { return value.starts_with('['); }
[[nodiscard]] constexpr bool is_string(std::string_view value) noexcept { return value.starts_with('"'); }

[[nodiscard]] std::vector<Member> members_of(std::string_view object);
[[nodiscard]] std::vector<std::string_view> elements_of(std::string_view list);
/// Returns the value of the member with this name. The name must not need an escape.
[[nodiscard]] std::optional<std::string_view> member_of(std::string_view object, std::string_view name);
/// Returns the decoded text of a member that is a string.
[[nodiscard]] std::optional<std::string> text_member(std::string_view object, std::string_view name);

/// Returns the object with a member set: in its place or, if there is no member of that name, at the end.
/// @param depth  the number of objects and lists around the object. @param value  formatted for a depth one higher.
[[nodiscard]] std::string with_member(std::string_view object, std::size_t depth, std::string_view name, std::string_view value);

/// Appends a newline and the indentation for this depth.
void append_line(std::string& out, std::size_t depth);

}  // namespace warder::store
