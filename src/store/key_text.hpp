// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"

#include <expected>
#include <string>
#include <string_view>

/// The JSON of the key file: `{"keys":[{"id","created_at","is_first","secret"}, …]}` in the order of the keys' making, `secret` in base64url. An
/// imported key has `"is_imported":true` too.
namespace warder::store {

/// @return the ring, or a sentence that names the place of the fault and nothing that stands there: it may be part of a key.
/// Leaves no copy of a key in memory that it gives back.
[[nodiscard]] std::expected<crypto::KeyRing, std::string> read_key_text(std::string_view text);

/// One line with its newline. The caller wipes it.
[[nodiscard]] std::string write_key_text(crypto::KeyRing const& ring);

}  // namespace warder::store
