// SPDX-License-Identifier: MIT
#pragma once

#include "warder/duration.hpp"
#include "warder/grant.hpp"
#include "warder/network.hpp"
#include "warder/token_policy.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warder {

class Random;

/// A point in time in whole seconds since 1970-01-01T00:00:00Z, as in `exp` and `iat` (RFC 7519, section 2,
/// NumericDate).
using Instant = std::chrono::sys_seconds;

/// The id of a token: a UUID of version 4 (RFC 4122, section 4.4).
class TokenId {
  public:
    static constexpr std::size_t kTextLength = 36;
    using Bytes = std::array<std::uint8_t, 16>;

    constexpr TokenId() = default;
    explicit constexpr TokenId(Bytes const& bytes) : bytes_{bytes} {}

    /// Returns a new random id.
    static TokenId make(Random& random);

    /// Parses the canonical text: 36 bytes, lower-case hex digits, four dashes.
    /// @return nullopt for any other text, and for the nil UUID (all zeros), which means "no token".
    static std::optional<TokenId> parse(std::string_view text) noexcept;

    /// Returns the canonical text, as `parse` reads it.
    [[nodiscard]] std::string text() const;
    void append_to(std::string& out) const;
    /// Returns the canonical text without allocating.
    [[nodiscard]] std::array<char, kTextLength> chars() const noexcept;

    [[nodiscard]] constexpr Bytes const& bytes() const noexcept { return bytes_; }
    friend constexpr auto operator<=>(TokenId const&, TokenId const&) = default;

  private:
    Bytes bytes_{};
};

/// SHA-256 of the complete text of a token. Stores keep this instead of the token.
using Digest = std::array<std::uint8_t, 32>;

/// The id of a user within one store. Unlike the name, it is never reused after the user is deleted.
enum class UserId : std::int64_t {};

/// The key by which a store finds a token. Tokens are stored with their owner, so that one user's changes touch little
/// data, however many other users there are.
struct TokenKey {
    UserId owner{};
    TokenId id;
};

/// The `password_hash` of a user whose password a store can't read, so that no password is right.
inline constexpr std::string_view kUnreadablePassword = "!";

/// A user as stored.
struct UserRecord {
    UserId id{};
    std::string name;  ///< As first written. Names are unique, ignoring ASCII case.
    /// `$argon2id$…`, Specter's as `$specter-pbkdf2$<salt>$<hash>`, or `kUnreadablePassword`; empty for a service account. Never log it.
    std::string password_hash;
    bool is_admin = false;
    Grants ceiling{};  ///< Limits all of the user's tokens; null: no ceiling.
    Instant created_at{};
    std::int64_t token_count = 0;  ///< Registered tokens, including expired ones.
    /// When the user last signed in, to within some minutes: see `UserStore::note_sign_in`. nullopt if never, and if the store
    /// doesn't keep it.
    std::optional<Instant> last_sign_in_at{};

    /// Returns whether this is a service account, which has no password and so cannot sign in.
    [[nodiscard]] bool is_service() const noexcept { return password_hash.empty(); }
};

/// How often a token was used. A use is a request that presented the token while it was valid, whether or not its
/// grants allowed the request, so a stolen token doesn't look unused. Concurrent requests may be counted in either
/// order.
struct TokenUsage {
    std::int64_t count = 0;
    std::optional<Instant> last_at{};  ///< nullopt if the token was never used.
    IpAddress last_from{};             ///< Client address of the last use; meaningful only if `last_at` is set.

    /// For `Transaction::add_uses`: the last batch of uses that was stored, and the run of the process that counted it.
    struct Mark {
        std::int64_t run = 0;
        std::int64_t batch = 0;
        friend bool operator==(Mark const&, Mark const&) = default;
    };
    Mark mark{};
    friend bool operator==(TokenUsage const&, TokenUsage const&) = default;
};

/// A token as stored: everything except the token itself.
struct TokenRecord {
    TokenId id;
    UserId owner{};
    std::string description;
    Seconds lifetime{};      ///< As requested when it was minted.
    Instant issued_at{};     ///< The claim `iat`.
    Instant expires_at{};    ///< The claim `exp`.
    Digest digest{};         ///< SHA-256 of the token.
    std::string key_id;      ///< The key of the key ring that signed it.
    TokenPolicy policy{};    ///< What limits it beyond its expiry.
    bool is_edited = false;  ///< Whether the description differs from the token's own claim.
    /// Set if the token was renewed with an overlap: when it ends (never after `expires_at`), and the id of the new
    /// token.
    struct Succession {
        Instant ends_at{};
        TokenId successor;
        friend bool operator==(Succession const&, Succession const&) = default;
    };
    std::optional<Succession> succession;
    /// nullopt if the store keeps no uses and this process has counted none. `TokenStore` ignores it: only `add_uses`
    /// changes what is stored.
    std::optional<TokenUsage> usage{};

    [[nodiscard]] TokenKey key() const noexcept { return {.owner = owner, .id = id}; }
    /// Returns the time from which on the token is rejected.
    [[nodiscard]] Instant ends_at() const noexcept { return succession ? succession->ends_at : expires_at; }
};

}  // namespace warder
