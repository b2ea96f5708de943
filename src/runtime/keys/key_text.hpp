// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

/// The JSON of the key file: `{"keys":[{"id","created_at","is_first","secret"}, …],"used_with_store":true}`. The keys
/// are in the order of their creation, `secret` is base64url. An imported key also has `"is_imported":true`. Older
/// versions did not write `used_with_store`.
namespace warder::runtime {

/// Whether the keys have been used with a store, whose tokens would be lost if it were missing.
enum class KeyUse : std::uint8_t {
    kUnknown,  ///< The file was written by an older version.
    kUnused,   ///< Created by a first start that did not finish.
    kUsed,
};

struct KeyFileContent {
    crypto::KeyRing ring;
    KeyUse use = KeyUse::kUnknown;
};

/// Parses the file's text. Wipes all memory that contained a copy of a key before it is freed.
/// @return the content, or a sentence that says where the error is. It quotes nothing, since the text may be part of a
/// key.
[[nodiscard]] std::expected<KeyFileContent, std::string> read_key_text(std::string_view text);

/// Returns one line, including its newline. The caller must wipe it.
[[nodiscard]] std::string write_key_text(crypto::KeyRing const& ring, KeyUse use);

}  // namespace warder::runtime
