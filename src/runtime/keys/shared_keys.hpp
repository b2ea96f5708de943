// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "crypto/secret.hpp"
#include "warder/store.hpp"

#include <expected>
#include <filesystem>
#include <span>
#include <string>

/// The signing keys of nodes that share a store. They are encrypted there with a key that only the nodes have, so that
/// neither the database nor its backups can be used to mint tokens.
namespace warder::runtime {

/// The key-encryption key: 32 bytes, with which libsodium's secretbox (XSalsa20-Poly1305) encrypts each signing key. Any
/// thread may call it.
class KeyEncryptionKey {
  public:
    /// Reads the file: 32 bytes in base64 (RFC 4648, section 4). No one but its owner may have access to it; see
    /// `files::validate_secret_file`.
    /// @return on failure, a sentence with the path that quotes nothing of the content.
    static std::expected<KeyEncryptionKey, std::string> load(std::filesystem::path const& file);
    /// @param bytes  32 of them.
    explicit KeyEncryptionKey(crypto::Secret bytes) : bytes_{std::move(bytes)} {}

    /// @param is_everywhere  whether it may sign at once.
    [[nodiscard]] authority::StoredKey seal(crypto::SigningKey const& key, bool is_everywhere, Random& random) const;
    /// Decrypts the keys of a store. Each is bound to its id and origin, so that a changed row is noticed.
    /// @return on failure, a sentence that names the key, which another key-encryption key encrypted, or which was
    /// changed.
    [[nodiscard]] std::expected<crypto::KeyRing, std::string> unseal(std::span<authority::StoredKey const> keys) const;

  private:
    crypto::Secret bytes_;
};

/// Returns the key-encryption key; a sentence if the file isn't configured or can't be used.
[[nodiscard]] std::expected<KeyEncryptionKey, std::string> load_key_encryption_key(std::filesystem::path const& file);

/// Reads the keys of the store.
/// @return on failure, a sentence; `has_none` is a failure.
[[nodiscard]] std::expected<crypto::KeyRing, std::string> load_shared_keys(authority::Store& store, KeyEncryptionKey const& key);
/// Reads the keys of the store and, if there are none, adds the first one. Of several nodes that start at once, one adds
/// it.
[[nodiscard]] std::expected<crypto::KeyRing, std::string> load_or_make_shared_keys(authority::Store& store, KeyEncryptionKey const& key,
                                                                                   Random& random, Instant now);

}  // namespace warder::runtime
