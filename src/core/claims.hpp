// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"
#include "warder/token.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::core {

inline constexpr std::size_t kMaxClaims = 16;

/// The claims of a token, in the order in which they are written. As read, the texts are views into the scratch or the payload.
struct Claims {
    std::string_view username;
    TokenId id;
    std::string_view description;
    Instant expires_at{};
    Instant issued_at{};
    std::optional<Instant> not_before;
    GrantList const* endpoints = nullptr;  ///< Only written: what a token may reach, the store says.
};

/// Reads a payload, decoded from base64url: a JSON object without equal keys, in which `username`, `jwt_token_id`, `jwt_token_description` are
/// strings, `exp`, `iat` and, if there, `nbf` are integers (PyJWT's float seconds are not), and `endpoints`, if there, is a list of strings. Other
/// members are tolerated and ignored, save objects, up to `kMaxClaims` members in all: more is no token of ours, and the comparison of each key with
/// all others stays short. Strict RFC 8259, valid UTF-8. Doesn't allocate for a payload without nested values.
/// @param scratch  at least as long as the payload: where strings with escapes are decoded to.
[[nodiscard]] std::optional<Claims> read_claims(std::string_view payload, std::span<char> scratch) noexcept;

/// The payload as PyJWT writes it, byte for byte: compact separators, non-ASCII as `\uXXXX`, `not_before` left out.
[[nodiscard]] std::string write_claims(Claims const& claims);

}  // namespace warder::core
