// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/hmac.hpp"
#include "crypto/secret.hpp"
#include "warder/ports.hpp"
#include "warder/token.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace warder::crypto {

/// Where a key comes from, and so which tokens it verifies.
enum class KeyOrigin : std::uint8_t {
    kFirst,     ///< Made with the ring: its tokens name no key.
    kRotated,   ///< Its id stands as `kid` in the header of its tokens.
    kImported,  ///< Another program's, whose tokens name no key. It never signs.
};

struct SigningKey {
    std::string id;
    Instant created_at{};
    KeyOrigin origin = KeyOrigin::kRotated;
    Secret secret;
    HmacKey mac;

    SigningKey(std::string key_id, Instant made_at, KeyOrigin key_origin, Secret key_secret);

    [[nodiscard]] bool is_first() const noexcept { return origin == KeyOrigin::kFirst; }
    [[nodiscard]] bool is_imported() const noexcept { return origin == KeyOrigin::kImported; }
    [[nodiscard]] bool verifies_without_kid() const noexcept { return origin != KeyOrigin::kRotated; }
    /// Whether this is its signature of the message; in constant time.
    [[nodiscard]] bool made(std::string_view message, Sha256Digest const& signature) const noexcept;
};

inline constexpr std::size_t kMaxImportedKeys = 4;

enum class KeyRingError : std::uint8_t {
    kUnknownKey,
    kIsSigning,  ///< The newest key signs; another must take over before it goes.
    kTooManyImported,
};

/// The keys that tokens may be signed with: the newest of our own signs, all verify. An immutable value; a change makes another ring.
/// Keys are shared between rings, so that a copy is cheap and a key is wiped with the last ring that has it.
class KeyRing {
  public:
    /// A ring of one fresh key of 32 bytes.
    static KeyRing make(Random& random, Instant now);
    /// From keys in the order of their making; at least one that isn't imported.
    explicit KeyRing(std::vector<std::shared_ptr<SigningKey const>> keys) : keys_{std::move(keys)} {}

    [[nodiscard]] KeyRing rotated(Random& random, Instant now) const;
    [[nodiscard]] std::expected<KeyRing, KeyRingError> without(std::string_view id) const;

    /// With another program's key, unless it is there already.
    [[nodiscard]] std::expected<KeyRing, KeyRingError> with_imported(Secret secret, Random& random, Instant now) const;

    [[nodiscard]] SigningKey const& signing() const noexcept;
    /// The key a header's `kid` names; nullptr if we hold none of that name.
    [[nodiscard]] SigningKey const* named(std::string_view id) const noexcept;
    /// Whether there is any key for tokens without `kid`: the first one is there until it is retired.
    [[nodiscard]] bool verifies_without_kid() const noexcept;
    /// The key that made this signature of a token without `kid`: the first one, or one that was imported; nullptr if none did.
    [[nodiscard]] SigningKey const* signer_without_kid(std::string_view message, Sha256Digest const& signature) const noexcept;
    [[nodiscard]] std::vector<std::shared_ptr<SigningKey const>> const& keys() const noexcept { return keys_; }

  private:
    std::vector<std::shared_ptr<SigningKey const>> keys_;
};

}  // namespace warder::crypto
