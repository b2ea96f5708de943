// SPDX-License-Identifier: MIT
#pragma once

#include "warder/duration.hpp"
#include "warder/grant.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warder {

class Random;

/// A moment in whole seconds since 1970-01-01T00:00:00Z: what `exp` and `iat` hold (RFC 7519 §2, NumericDate).
using Instant = std::chrono::sys_seconds;

/// Identity of a token: a UUID, made as version 4 (RFC 4122 §4.4). A plain value.
class TokenId {
  public:
    static constexpr std::size_t kTextLength = 36;
    using Bytes = std::array<std::uint8_t, 16>;

    constexpr TokenId() = default;
    explicit constexpr TokenId(Bytes const& bytes) : bytes_{bytes} {}

    /// A fresh version 4 id.
    static TokenId make(Random& random);

    /// Reads the canonical text: 36 bytes, lower-case hex digits, four dashes. Anything else is nullopt, and so is the nil UUID, all zeros, which
    /// stands for no token.
    static std::optional<TokenId> parse(std::string_view text) noexcept;

    /// The canonical text, as `parse` reads it.
    [[nodiscard]] std::string text() const;
    void append_to(std::string& out) const;
    /// The same without an allocation.
    [[nodiscard]] std::array<char, kTextLength> chars() const noexcept;

    [[nodiscard]] constexpr Bytes const& bytes() const noexcept { return bytes_; }
    friend constexpr auto operator<=>(TokenId const&, TokenId const&) = default;

  private:
    Bytes bytes_{};
};

/// SHA-256 of a whole token text: the only form in which a store keeps it.
using Digest = std::array<std::uint8_t, 32>;

/// Identity of a user inside one store. Never used again after the user is deleted, unlike the name.
enum class UserId : std::int64_t {};

/// How a store finds a token: its tokens lie with their owner, so that what one user does touches little, however many others there are.
struct TokenKey {
    UserId owner{};
    TokenId id;
};

/// A user as a store keeps it.
struct UserRecord {
    UserId id{};
    std::string name;           ///< As it was first written; names are unique ignoring ASCII case.
    std::string password_hash;  ///< `$argon2id$…`, or Specter's as `$specter-pbkdf2$<salt>$<hash>`. A secret of its own: never logged.
    bool is_admin = false;
    Grants ceiling{};  ///< Bounds all of the user's tokens; null: nothing does.
    Instant created_at{};
    std::int64_t token_count = 0;  ///< Registered tokens, expired ones included.
};

/// An IPv6 address in network order, or IPv4 in its mapped form ::ffff:a.b.c.d.
using IpAddress = std::array<std::uint8_t, 16>;

/// As people write it: IPv4 with dots, IPv6 in its short form (RFC 5952).
[[nodiscard]] std::string address_text(IpAddress const& address);

/// What is known of a token's uses. A use is a request that presented the token while it was valid, whether or not its grants let it pass: a token
/// that somebody has never looks unused. Requests that overlap in time may be told in either order.
struct TokenUsage {
    std::int64_t count = 0;
    std::optional<Instant> last_at{};  ///< Nothing: it has not been used.
    IpAddress last_from{};             ///< Whence the last one came; means something only with `last_at`.

    /// For whoever goes on counting: the run that was stored last, and how many of its uses `count` has.
    struct Mark {
        std::int64_t run = 0;
        std::int64_t counted = 0;
        friend bool operator==(Mark const&, Mark const&) = default;
    };
    Mark mark{};
    friend bool operator==(TokenUsage const&, TokenUsage const&) = default;
};

/// A token as a store keeps it: everything but the token itself.
struct TokenRecord {
    TokenId id;
    UserId owner{};
    std::string description;
    Seconds life{};          ///< As asked for at mint.
    Instant issued_at{};     ///< The claim `iat`.
    Instant expires_at{};    ///< The claim `exp`.
    Digest digest{};         ///< SHA-256 of the token.
    std::string key_id;      ///< The key of the ring that signed it.
    Grants endpoints{};      ///< What it may reach; null: everything that its user's ceiling leaves.
    bool is_edited = false;  ///< The description is no longer the one that the token's own claim says.
    /// Set once the token was renewed with an overlap: when it ends (never after `expires_at`), and what replaces it.
    struct Succession {
        Instant ends_at{};
        TokenId successor;
        friend bool operator==(Succession const&, Succession const&) = default;
    };
    std::optional<Succession> succession;
    /// Nothing: neither does the store keep it, nor has this process counted any use. Not read when a token is inserted: its uses begin there.
    std::optional<TokenUsage> usage{};

    [[nodiscard]] TokenKey key() const noexcept { return {.owner = owner, .id = id}; }
    /// From this moment on the token is refused.
    [[nodiscard]] Instant ends_at() const noexcept { return succession ? succession->ends_at : expires_at; }
};

}  // namespace warder
