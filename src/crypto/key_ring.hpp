// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/hmac.hpp"
#include "crypto/secret.hpp"
#include "warder/ports.hpp"
#include "warder/token.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace warder::crypto {

/// A signing key. Its id stands as `kid` in the header of the tokens it signs, except for the first key of a ring.
struct SigningKey {
    std::string id;
    Instant created_at{};
    bool is_first = false;
    Secret secret;
    HmacKey mac;

    SigningKey(std::string key_id, Instant made_at, bool first_of_ring, Secret key_secret);
};

enum class KeyRingError : std::uint8_t {
    kUnknownKey,
    kIsSigning,  ///< The newest key signs; another must take over before it goes.
};

/// The keys that tokens may be signed with: the newest signs, all verify. An immutable value; a change makes another ring.
/// Keys are shared between rings, so that a copy is cheap and a key is wiped with the last ring that has it.
class KeyRing {
  public:
    /// A ring of one fresh key of 32 bytes.
    static KeyRing make(Random& random, Instant now);
    /// From keys in the order of their making; at least one.
    explicit KeyRing(std::vector<std::shared_ptr<SigningKey const>> keys) : keys_{std::move(keys)} {}

    [[nodiscard]] KeyRing rotated(Random& random, Instant now) const;
    [[nodiscard]] std::expected<KeyRing, KeyRingError> without(std::string_view id) const;

    [[nodiscard]] SigningKey const& signing() const noexcept { return *keys_.back(); }
    /// The key a header's `kid` names; nullptr if we hold none of that name.
    [[nodiscard]] SigningKey const* named(std::string_view id) const noexcept;
    /// The key of tokens without `kid`: the first one; nullptr once it is retired.
    [[nodiscard]] SigningKey const* unnamed() const noexcept;
    [[nodiscard]] std::vector<std::shared_ptr<SigningKey const>> const& keys() const noexcept { return keys_; }

  private:
    std::vector<std::shared_ptr<SigningKey const>> keys_;
};

}  // namespace warder::crypto
