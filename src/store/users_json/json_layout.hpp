// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// JSON that is laid out and cut, but never converted: every string and number keeps its bytes, every object the order of its members.
namespace warder::store {

struct LayoutFault {
    std::size_t offset;
    std::string_view why;  ///< A sentence's end, without any of the text: "a comma or the end of the list is missing".
};

/// Checks a text strictly (RFC 8259: UTF-8, no equal keys, nothing behind the value; at most 64 deep) and lays it out as Python's
/// `json.dump(…, indent=4)` does: what Python wrote comes back byte for byte. Numbers may be of any size.
[[nodiscard]] std::expected<std::string, LayoutFault> lay_out(std::string_view text);

/// "line 3, byte 120 of the file"
[[nodiscard]] std::string describe_place(std::string_view text, std::size_t offset);

/// A member of an object that is laid out: views of its text.
struct Member {
    std::string_view key;  ///< With its quotes.
    std::string_view value;
};

// What follows takes text that `lay_out` made, or a value cut out of it.

[[nodiscard]] constexpr bool is_object(std::string_view value) noexcept { return value.starts_with('{'); }
[[nodiscard]] constexpr bool is_list(std::string_view value) noexcept { return value.starts_with('['); }
[[nodiscard]] constexpr bool is_string(std::string_view value) noexcept { return value.starts_with('"'); }

[[nodiscard]] std::vector<Member> members_of(std::string_view object);
[[nodiscard]] std::vector<std::string_view> elements_of(std::string_view list);
/// The value of the member with this name, which needs no escape.
[[nodiscard]] std::optional<std::string_view> member_of(std::string_view object, std::string_view name);
/// The text of a member that is a string.
[[nodiscard]] std::optional<std::string> text_member(std::string_view object, std::string_view name);

/// The object with a member set: in its place, or, if it has none of that name, at its end.
/// @param depth  how many objects and lists are around the object. @param value  laid out for one more.
[[nodiscard]] std::string with_member(std::string_view object, std::size_t depth, std::string_view name, std::string_view value);

/// A line's end and the indent of what stands inside so many objects and lists.
void append_line(std::string& out, std::size_t depth);

}  // namespace warder::store
