// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

namespace warder::core {

struct LocatedPathError {
    PathError error;
    std::size_t offset;  ///< Byte offset in the path.
};

/// The form of an encoded slash in a canonical path. It is never the end of an escaped percent sign, because `%252F` is
/// rejected.
inline constexpr std::string_view kEncodedSlash = "%2F";

/// Canonicalizes a path without a query, like `canonicalize_path`, and reports the position of an error.
/// @return the canonical path, a view of the scratch buffer.
[[nodiscard]] std::expected<std::string_view, LocatedPathError> canonicalize_path_at(std::string_view path, std::span<char> scratch,
                                                                                     EncodedSlash encoded_slash = EncodedSlash::kRejected) noexcept;

}  // namespace warder::core
