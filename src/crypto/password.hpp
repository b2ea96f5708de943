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

/// Makes `$argon2id$v=19$…` (libsodium's text form) with a fresh salt. Takes as long as the cost says; blocks.
/// @return nullopt only when the memory can't be had.
[[nodiscard]] std::optional<std::string> hash_password(Secret const& password, Argon2Cost cost);

enum class HashKind { kArgon2id, kSpecterPbkdf2, kUnknown };
[[nodiscard]] HashKind kind_of(std::string_view hash) noexcept;

/// The cost that an Argon2id hash was made with; nullopt for any other or a damaged one.
[[nodiscard]] std::optional<Argon2Cost> argon2_cost_of(std::string_view hash) noexcept;

enum class Match : std::uint8_t {
    kNo,
    kYes,
    kUnknown,  ///< It could not be computed: memory is short. Says nothing about the password.
};

/// Whether the password makes this hash; for Argon2id as for Specter's PBKDF2-HMAC-SHA256 (10,000 rounds, 32 bytes, the salt being the base64 text
/// itself). In constant time once the hash is computed. Blocks. A damaged hash matches nothing.
[[nodiscard]] Match matches(Secret const& password, std::string_view hash);

/// Whether an Argon2id hash was made with another cost than this one.
[[nodiscard]] bool needs_rehash(std::string_view hash, Argon2Cost cost);

/// Makes a hash of Specter's kind, in its stored form, with a fresh salt of 32 bytes. Blocks.
/// @return nullopt only when the memory can't be had.
[[nodiscard]] std::optional<std::string> hash_as_specter(Secret const& password);

/// The stored form of a Specter `{"salt","pwdhash"}` pair: `$specter-pbkdf2$<salt>$<pwdhash>`, both base64 texts as they stand in users.json.
[[nodiscard]] std::string specter_hash(std::string_view salt, std::string_view pwdhash);

/// The two parts of that form, views of it; nullopt for any other.
struct SpecterHash {
    std::string_view salt;
    std::string_view pwdhash;
};
[[nodiscard]] std::optional<SpecterHash> split_specter(std::string_view hash) noexcept;

}  // namespace warder::crypto
