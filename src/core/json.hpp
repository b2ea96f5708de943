// SPDX-License-Identifier: MIT
#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace warder::core {

/// Why a JSON text is rejected, and where.
struct JsonError {
    enum class Reason : std::uint8_t { kSyntax, kEqualKeys, kEncoding, kTooDeep, kNumberRange, kTrailing } reason;
    std::size_t offset;  ///< Byte at which the error was found.
    /// For `kEqualKeys`, the duplicate key. For `kNumberRange`, the key of the outermost object if the number is its
    /// value. Valid UTF-8, truncated to 64 bytes.
    std::string key;
};

struct JsonLimits {
    std::size_t max_depth = 32;
    bool trailing_commas = false;
};

/// Parses one JSON value strictly (RFC 8259). Rejects what Boost.JSON accepts: duplicate keys (after unescaping),
/// numbers that don't fit a double, and anything but white space after the value. Accepts only valid UTF-8, without a
/// byte order mark.
/// @param storage  memory for the value; pass memory that is wiped if the text contains secrets. Only texts with escapes
/// are copied elsewhere while parsing.
[[nodiscard]] std::expected<boost::json::value, JsonError> read_json(std::string_view text, JsonLimits limits = {},
                                                                     boost::json::storage_ptr storage = {});

/// Returns a sentence that names the position or the key.
[[nodiscard]] std::string describe(JsonError const& error);

}  // namespace warder::core
