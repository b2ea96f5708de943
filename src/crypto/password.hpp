// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/secret.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warder::crypto {

/// Cost of one Argon2id evaluation (RFC 9106).
struct Argon2Cost {
    std::size_t memory_bytes = std::size_t{64} << 20U;
    unsigned passes = 2;
    friend auto operator<=>(Argon2Cost const&, Argon2Cost const&) = default;
};

/// Hashes a password with a new salt to `$argon2id$v=19$…` (libsodium's text form). Blocks for as long as the cost
/// takes.
/// @return nullopt only if memory is short.
[[nodiscard]] std::optional<std::string> hash_password(Secret const& password, Argon2Cost cost);

enum class HashKind { kArgon2id, kSpecterPbkdf2, kUnknown };
[[nodiscard]] HashKind kind_of(std::string_view hash) noexcept;

/// Returns the cost that an Argon2id hash was made with; nullopt for any other or an invalid hash.
[[nodiscard]] std::optional<Argon2Cost> argon2_cost_of(std::string_view hash) noexcept;

enum class Match : std::uint8_t {
    kNo,
    kYes,
    kUnknown,  ///< Could not be computed for lack of memory. Says nothing about the password.
};

/// Returns whether the password matches the hash: Argon2id, or Specter's PBKDF2-HMAC-SHA256 (10,000 rounds, 32 bytes,
/// with the base64 text itself as the salt). The comparison takes constant time. An invalid hash matches no password.
/// Blocks.
[[nodiscard]] Match matches(Secret const& password, std::string_view hash);

/// Returns whether an Argon2id hash was made with another cost than this one.
[[nodiscard]] bool needs_rehash(std::string_view hash, Argon2Cost cost);

/// Makes a hash of Specter's kind, in its stored form, with a new salt of 32 bytes. Blocks.
/// @return nullopt only if memory is short.
[[nodiscard]] std::optional<std::string> hash_as_specter(Secret const& password);

/// Returns the stored form of a Specter `{"salt","pwdhash"}` pair: `$specter-pbkdf2$<salt>$<pwdhash>`, both in base64
/// as in users.json.
[[nodiscard]] std::string specter_hash(std::string_view salt, std::string_view pwdhash);

/// The two parts of that form. `split_specter` returns views of the hash, or nullopt for any other form.
struct SpecterHash {
    std::string_view salt;
    std::string_view pwdhash;
};
[[nodiscard]] std::optional<SpecterHash> split_specter(std::string_view hash) noexcept;

}  // namespace warder::crypto
