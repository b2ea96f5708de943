// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"
#include "warder/token.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::core {

inline constexpr std::size_t kMaxClaims = 16;

/// The claims of a token, in the order in which they are written. After reading, the texts are views of the payload or
/// of the scratch buffer.
struct Claims {
    std::string_view username;
    TokenId id;
    std::string_view description;
    Instant expires_at{};
    Instant issued_at{};
    std::optional<Instant> not_before;
    GrantList const* endpoints = nullptr;  ///< Only written: when a token is used, the store's grants count.
};

/// Reads a payload that was decoded from base64url: a JSON object without duplicate keys, in which `username`,
/// `jwt_token_id` and `jwt_token_description` are strings, `exp`, `iat` and the optional `nbf` are integers (unlike
/// PyJWT, no floats), and the optional `endpoints` is a list of strings. Other members are ignored, but must not be
/// objects, and there may be at most `kMaxClaims` members in all: Warder's tokens have fewer, and comparing each key
/// with all others stays cheap. Strict RFC 8259 and valid UTF-8. Doesn't allocate for a payload without nested values.
/// @param scratch  a buffer at least as long as the payload, for strings that contain escapes.
/// @return nullopt if the payload is not valid.
[[nodiscard]] std::optional<Claims> read_claims(std::string_view payload, std::span<char> scratch) noexcept;

/// Returns the payload, byte for byte as PyJWT writes it: compact separators, non-ASCII characters as `\uXXXX`. Omits
/// `not_before`.
[[nodiscard]] std::string write_claims(Claims const& claims);

}  // namespace warder::core
