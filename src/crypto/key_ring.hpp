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
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warder::crypto {

/// The origin of a key, which determines the tokens that it verifies.
enum class KeyOrigin : std::uint8_t {
    kFirst,     ///< Created with the ring. Its tokens have no `kid`.
    kRotated,   ///< Its tokens name it in the header's `kid`.
    kImported,  ///< Another program's key, whose tokens have no `kid`. It never signs.
};

/// A key of a ring. Immutable once it is in one.
struct SigningKey {
    std::string id;
    Instant created_at{};
    KeyOrigin origin = KeyOrigin::kRotated;
    bool may_sign = true;  ///< False for an imported key, and for a new one that not every node has yet.
    Secret secret;
    HmacKey mac;

    SigningKey(std::string key_id, Instant made_at, KeyOrigin key_origin, Secret key_secret, bool is_everywhere = true);

    [[nodiscard]] bool is_first() const noexcept { return origin == KeyOrigin::kFirst; }
    [[nodiscard]] bool is_imported() const noexcept { return origin == KeyOrigin::kImported; }
    [[nodiscard]] bool verifies_without_kid() const noexcept { return origin != KeyOrigin::kRotated; }
    /// Returns whether `signature` is this key's signature of the message. Takes constant time.
    [[nodiscard]] bool made(std::string_view message, Sha256Digest const& signature) const noexcept;
};

inline constexpr std::size_t kMaxImportedKeys = 4;

enum class KeyRingError : std::uint8_t {
    kUnknownKey,
    kIsSigning,  ///< The newest key signs; rotate before removing it.
    kTooManyImported,
};

/// A key that exists, but that this process can't use.
struct MissingKey {
    std::string id;
    KeyOrigin origin = KeyOrigin::kRotated;
};

/// The keys that verify tokens; the newest that may sign does. Immutable: changes return another ring.
/// Rings share keys, so copies are cheap, and a key is wiped when the last ring that contains it is destroyed.
class KeyRing {
  public:
    /// Returns a ring with one new key of 32 bytes.
    static KeyRing make(Random& random, Instant now);
    /// @param keys  in the order of their creation; at least one must be allowed to sign.
    explicit KeyRing(std::vector<std::shared_ptr<SigningKey const>> keys) : keys_{std::move(keys)} {}

    /// Returns a ring with one more key, which signs from now on.
    [[nodiscard]] KeyRing rotated(Random& random, Instant now) const;
    /// Returns a ring without the key of that id.
    [[nodiscard]] std::expected<KeyRing, KeyRingError> without(std::string_view id) const;

    /// Returns a ring that also contains another program's key, unless it is there already.
    [[nodiscard]] std::expected<KeyRing, KeyRingError> with_imported(Secret secret, Random& random, Instant now) const;

    /// Returns the key that signs: the newest that may.
    [[nodiscard]] SigningKey const& signing() const noexcept;
    /// Returns the key that a header's `kid` names, or nullptr if there is none.
    [[nodiscard]] SigningKey const* named(std::string_view id) const noexcept;
    /// Returns whether any key verifies tokens without `kid`: the first key until it is retired, or an imported one.
    [[nodiscard]] bool verifies_without_kid() const noexcept;
    /// Returns the key that made this signature of a token without `kid`: the first key or an imported one; nullptr if
    /// none did.
    [[nodiscard]] SigningKey const* signer_without_kid(std::string_view message, Sha256Digest const& signature) const noexcept;
    [[nodiscard]] std::vector<std::shared_ptr<SigningKey const>> const& keys() const noexcept { return keys_; }

    /// Returns a ring with the same keys that knows which others exist.
    [[nodiscard]] KeyRing lacking(std::vector<MissingKey> missing) const;
    /// Returns whether a key that the ring lacks may have signed a token with this `kid`, or without one.
    [[nodiscard]] bool lacks(std::optional<std::string_view> kid) const noexcept;

  private:
    std::vector<std::shared_ptr<SigningKey const>> keys_;
    std::vector<MissingKey> missing_;
};

}  // namespace warder::crypto
