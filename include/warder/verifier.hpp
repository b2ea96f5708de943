// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <array>
#include <cstdint>
#include <expected>
#include <string_view>

namespace warder::index {
class KeyRingHandle;
class Registry;
}  // namespace warder::index

namespace warder {
class Clock;
}

namespace warder::authority {

/// Why a token is rejected. Clients only learn whether it expired; the exact reason is for the log.
enum class TokenError : unsigned char {
    kNotAToken,   ///< Not three strict base64url parts, or over 8 KiB (RFC 7515, section 7.1).
    kBadHeader,   ///< Another algorithm, `crit`, `b64`, an embedded key, or not strict JSON (RFC 8725, section 3.1).
    kUnknownKey,  ///< `kid` names no key of the key ring, or is missing and no key verifies such tokens.
    kBadSignature,
    kBadClaims,  ///< Claims are missing, repeated, or of the wrong type.
    kExpired,
    kFromTheFuture,  ///< `iat` or `nbf` is more than 60 s in the future.
    kNotRegistered,  ///< Deleted, unknown, another user's, or not the token that was registered under this id.
};

/// Returns the reason's name, for logs and `warder token verify`.
[[nodiscard]] std::string_view code(TokenError error) noexcept;

/// A verified token. `description` is a view of the scratch buffer; `username` is valid as long as the token index.
struct VerifiedToken {
    TokenId id;
    UserId owner{};
    std::string_view username;
    std::string_view description;  ///< As minted; if `is_edited`, the store has a newer one.
    Instant issued_at{};
    Instant ends_at{};  ///< `exp`, or earlier if the token was renewed with an overlap.
    bool is_admin = false;
    bool is_edited = false;
    Grants endpoints{};  ///< The current grants in the store; null: none of its own.
    Grants ceiling{};    ///< The ceiling of its user; null: none.
    Instant verified_at{};

    [[nodiscard]] bool is_scoped() const noexcept { return endpoints != nullptr || ceiling != nullptr; }
    [[nodiscard]] Scope scope() const noexcept { return {.endpoints = endpoints.get(), .ceiling = ceiling.get()}; }
    /// Returns whether the token may make this request. Doesn't allocate.
    [[nodiscard]] bool covers(AccessRequest const& access) const noexcept { return scope().covers(access); }
};

/// Memory for one verification. Reuse it, one per thread or connection.
struct VerifierScratch {
    std::array<char, 16384> bytes;
};

/// Verifies bearer tokens: syntax, header, the signature over the received bytes, and only then claims, times,
/// registration and digest. Never blocks, makes no system call, and takes no lock that writers hold. Any thread may
/// call it.
class Verifier {
  public:
    Verifier(index::Registry const& registry, index::KeyRingHandle const& keys, Clock const& clock)
        : registry_{&registry}, keys_{&keys}, clock_{&clock} {}

    /// @param token  any bytes.
    /// @param scratch  a buffer; the result's `description` is a view of it.
    /// @return the token, or why it is rejected.
    [[nodiscard]] std::expected<VerifiedToken, TokenError> verify(std::string_view token, VerifierScratch& scratch) const noexcept;

  private:
    index::Registry const* registry_;
    index::KeyRingHandle const* keys_;
    Clock const* clock_;
};

}  // namespace warder::authority
