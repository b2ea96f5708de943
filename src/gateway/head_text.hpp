// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

/// Lines of a head.
namespace warder::gateway {

inline void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
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

}  // namespace warder::gateway
