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

/// Why a text is no JSON that we accept, and where.
struct JsonError {
    enum class Reason : std::uint8_t { kSyntax, kEqualKeys, kEncoding, kTooDeep, kNumberRange, kTrailing } reason;
    std::size_t offset;  ///< Byte at which it was noticed.
    /// The repeated key, for `kEqualKeys`; for `kNumberRange` the key of the outermost object that the number belongs to, if it is its whole value.
    /// Valid UTF-8, cut at 64 bytes.
    std::string key;
};

struct JsonLimits {
    std::size_t max_depth = 32;
    bool trailing_commas = false;
};

/// Reads one JSON value strictly (RFC 8259) and refuses what Boost.JSON lets pass: equal keys (after unescaping), numbers beyond a double, anything
/// but white space behind the value. Valid UTF-8 only, no byte order mark.
/// @param storage  where the value lies: for a text with secrets, memory that is wiped. Only texts with an escape are copied elsewhere on the way.
[[nodiscard]] std::expected<boost::json::value, JsonError> read_json(std::string_view text, JsonLimits limits = {},
                                                                     boost::json::storage_ptr storage = {});

/// A sentence that names the place or the key.
[[nodiscard]] std::string describe(JsonError const& error);

}  // namespace warder::core
