// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

/// The JSON of the key file: `{"keys":[{"id","created_at","is_first","secret"}, …],"used_with_store":true}` in the order of the keys' making,
/// `secret` in base64url. An imported key has `"is_imported":true` too. Older versions wrote no `used_with_store`.
namespace warder::runtime {

/// Whether the keys have been used with a store, whose tokens would be lost with it.
enum class KeyUse : std::uint8_t {
    kUnknown,  ///< A file of an older version.
    kUnused,   ///< Made by a first start that did not finish.
    kUsed,
};

struct KeyFileContent {
    crypto::KeyRing ring;
    KeyUse use = KeyUse::kUnknown;
};

/// @return the content, or a sentence that names the place of the fault and nothing that stands there: it may be part of a key.
/// Leaves no copy of a key in memory that it gives back.
[[nodiscard]] std::expected<KeyFileContent, std::string> read_key_text(std::string_view text);

/// One line with its newline. The caller wipes it.
[[nodiscard]] std::string write_key_text(crypto::KeyRing const& ring, KeyUse use);

}  // namespace warder::runtime
