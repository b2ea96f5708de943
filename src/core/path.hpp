// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

namespace warder::core {

struct PathError {
    PathFault fault;
    std::size_t offset;  ///< Byte of the path.
};

/// How `%2F` stands in a judged path. There it is never the end of an escaped percent sign: `%252F` is refused.
inline constexpr std::string_view kEncodedSlash = "%2F";

/// As `canonicalize_path`, of a path without query, and says where the fault is.
/// @return the judged path, a view of the scratch.
[[nodiscard]] std::expected<std::string_view, PathError> canonicalize_path_at(std::string_view path, std::span<char> scratch,
                                                                              EncodedSlash encoded_slash = EncodedSlash::kRefused) noexcept;

}  // namespace warder::core
