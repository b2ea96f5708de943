// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::index {
class Freshness;
class KeyRingHandle;
class Registry;
class TokenLimits;
}  // namespace warder::index

namespace warder {
class Clock;
}

namespace warder::authority {

/// Why a token is rejected. Clients only learn whether it has expired, was revoked or is disabled; the exact reason is for the log.
enum class TokenError : unsigned char {
    kNotAToken,   ///< Not three strict base64url parts, or over 8 KiB (RFC 7515, section 7.1).
    kBadHeader,   ///< Another algorithm, `crit`, `b64`, an embedded key, or not strict JSON (RFC 8725, section 3.1).
    kUnknownKey,  ///< `kid` names no key of the key ring, or is missing and no key verifies such tokens.
    kBadSignature,
    kBadClaims,  ///< Claims are missing, repeated, or of the wrong type.
    kExpired,
    kFromTheFuture,  ///< `iat` or `nbf` is more than 60 s in the future.
    kDisabled,       ///< Paused by its owner or an administrator.
    kNotRegistered,  ///< Deleted, unknown, another user's, or not the token that was registered under this id.
    kStaleIndex,     ///< It can't be told whether the token is valid: changes by other nodes, or a key of theirs, are missing here.
};

/// Returns the reason's name, for logs and `warder token verify`.
[[nodiscard]] std::string_view code(TokenError error) noexcept;

/// Whose token a text is, by its own claims.
struct TokenIdentity {
    TokenId id;
    std::string username;
};

/// A verified token. `username` is valid as long as the token index; everything else is owned.
struct VerifiedToken {
    TokenId id;
    UserId owner{};
    std::string_view username;
    Instant issued_at{};
    Instant ends_at{};  ///< `exp`, or earlier if the token was renewed with an overlap.
    bool is_admin = false;
    bool is_edited = false;  ///< Whether the store has a newer description than the token itself.
    bool is_scoped = false;  ///< Whether the token has grants of its own, or its user a ceiling. If not, it may make any request.
    bool is_restricted =
        false;  ///< Whether the token may be used only from some addresses (see `Verifier::accepts_from`), or only so often, which servers count.
    Instant verified_at{};
};

/// Verifies bearer tokens: syntax, header, the signature over the received bytes, and only then claims, times,
/// registration and digest. Never blocks, makes no system call, and takes no lock that writers hold. Any thread may
/// call it.
class Verifier {
  public:
    /// @param freshness  since when the token index contains every change; null: it always does.
    /// @param max_staleness  how old the index may be for a token to be accepted.
    Verifier(index::Registry const& registry, index::KeyRingHandle const& keys, Clock const& clock, index::Freshness const* freshness = nullptr,
             std::chrono::nanoseconds max_staleness = {})
        : registry_{&registry}, keys_{&keys}, clock_{&clock}, freshness_{freshness}, max_staleness_{max_staleness} {}

    /// @param token  any bytes.
    /// @return the token, or why it is rejected.
    [[nodiscard]] std::expected<VerifiedToken, TokenError> verify(std::string_view token) const noexcept;
    /// Like `verify`, and also reads the token's description.
    /// @param description  receives it as it was minted; if `is_edited`, the store has a newer one. Unchanged if the token is
    /// rejected.
    [[nodiscard]] std::expected<VerifiedToken, TokenError> verify(std::string_view token, std::string& description) const;

    /// Returns whether the token index is too old to decide anything: it lacks what other nodes changed since. It recovers
    /// by itself.
    [[nodiscard]] bool is_stale() const noexcept { return freshness_ != nullptr && is_too_old(); }

    /// Returns whose token it is, even if it is rejected because it has expired, was revoked or is disabled, because its
    /// time has not come yet, or because the index is stale; nullopt if it is rejected for any other reason, or if its
    /// signature doesn't hold.
    [[nodiscard]] std::optional<TokenIdentity> identify(std::string_view token) const;

    /// Returns whether the token may make this request: whether its grants and its user's ceiling, as they are now, cover
    /// it. Doesn't allocate.
    [[nodiscard]] bool covers(VerifiedToken const& token, AccessRequest const& access) const noexcept;
    /// Returns whether a client with this address may use the token, as its policy is now. Doesn't allocate.
    [[nodiscard]] bool accepts_from(VerifiedToken const& token, IpAddress const& client) const noexcept;
    /// Returns what limits the token now; nullopt if it has been revoked. Internal.
    [[nodiscard]] std::optional<index::TokenLimits> limits(VerifiedToken const& token) const noexcept;

  private:
    [[nodiscard]] bool is_too_old() const noexcept;
    [[nodiscard]] std::expected<VerifiedToken, TokenError> verify_in(std::span<char> scratch, std::string_view& description,
                                                                     std::string_view token) const noexcept;

    index::Registry const* registry_;
    index::KeyRingHandle const* keys_;
    Clock const* clock_;
    index::Freshness const* freshness_;
    std::chrono::nanoseconds max_staleness_;
};

}  // namespace warder::authority
