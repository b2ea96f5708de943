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

/// Why a token is refused. What the outside is told is coarser, see `is_expired`; the word itself is for the log.
enum class TokenError : unsigned char {
    kNotAToken,   ///< Not three clean base64url parts, or over 8 KiB (RFC 7515 §7.1).
    kBadHeader,   ///< Another algorithm, `crit`, `b64`, a key of its own, or no clean JSON (RFC 8725 §3.1).
    kUnknownKey,  ///< `kid` names no key that we hold.
    kBadSignature,
    kBadClaims,  ///< Missing, ill-typed or repeated claims.
    kExpired,
    kFromTheFuture,  ///< `iat` or `nbf` more than 60 s ahead.
    kNotRegistered,  ///< Deleted, never known, somebody else's, or not the token that was registered under this id.
};

/// The word for logs and `warder token verify`.
[[nodiscard]] std::string_view code(TokenError fault) noexcept;

/// Where the index of registered tokens has a token, and how it was then; means something to `UsageMeter` alone.
struct RegistryEntryRef {
    std::uint32_t entry = 0;
    std::uint32_t version = 0;
};

/// A verified token. The views live as long as the scratch it was verified with.
struct VerifiedToken {
    TokenId id;
    UserId owner{};
    std::string_view username;
    std::string_view description;  ///< As minted; if `is_edited` the store has a newer one.
    Instant issued_at{};
    Instant ends_at{};  ///< `exp`, or earlier when the token was renewed with an overlap.
    bool is_admin = false;
    bool is_edited = false;
    Grants endpoints{};  ///< As the store has them now; null: the token itself has no limit.
    Grants ceiling{};    ///< Of its user; null: none.
    Instant judged_at{};
    RegistryEntryRef place{};

    [[nodiscard]] bool is_limited() const noexcept { return endpoints != nullptr || ceiling != nullptr; }
    /// Whether it may make this request: a grant of its own and one of the ceiling cover it, where there are any. Doesn't allocate.
    [[nodiscard]] bool covers(AccessRequest const& ask) const noexcept;
    /// Whether reading the body could help: it may not make this request as asked, but might if the names of the body's JSON-RPC methods were
    /// known, as each of the two lists covers it or has an `rpc:` grant that could. Doesn't allocate.
    [[nodiscard]] bool could_cover_by_rpc(AccessRequest const& ask) const noexcept;
};

/// Memory for one verification; reuse it, one per thread or connection.
struct VerifierScratch {
    std::array<char, 16384> bytes;
};

/// Judges bearer tokens: text, header, signature over the received bytes, and only then claims, times, registration, digest.
/// Never blocks, makes no system call, takes no lock that a writer holds. Any thread may call it.
class Verifier {
  public:
    Verifier(index::Registry const& registry, index::KeyRingHandle const& keys, Clock const& clock)
        : registry_{&registry}, keys_{&keys}, clock_{&clock} {}

    [[nodiscard]] std::expected<VerifiedToken, TokenError> verify(std::string_view token, VerifierScratch& scratch) const noexcept;

  private:
    index::Registry const* registry_;
    index::KeyRingHandle const* keys_;
    Clock const* clock_;
};

}  // namespace warder::authority
