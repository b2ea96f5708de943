// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// Functions that write lines of a message head.
namespace warder::http {

inline void append_field(std::string& out, std::string_view name, std::string_view value) {
    // Resize once instead of once for each piece.
    auto const before = out.size();
    auto const after = before + name.size() + value.size() + 4;
    out.resize_and_overwrite(after,
                             [&](char* text, [[maybe_unused]] std::size_t buffer) {  // g++ 12 passes more than the requested size when it reallocates
                                 auto* const separator = text + before + name.copy(text + before, name.size());
                                 std::string_view{": "}.copy(separator, 2);
                                 auto* const end = separator + 2 + value.copy(separator + 2, value.size());
                                 std::string_view{"\r\n"}.copy(end, 2);
                                 return after;
                             });
}

inline void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

inline void append_content_length(std::string& out, std::uint64_t length) {
    out.append("Content-Length: ");
    append_number(out, length);
    out.append("\r\n");
}

}  // namespace warder::http
