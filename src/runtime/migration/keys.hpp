// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "runtime/keys/shared_keys.hpp"
#include "runtime/migration/migration.hpp"
#include "warder/ports.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace warder::runtime {

/// Where the signing keys of the two stores of a migration are: those of a store that keeps them, in it, and those of
/// other stores in the key file.
struct KeyPlaces {
    std::filesystem::path key_file;
    std::optional<KeyEncryptionKey> encryption{};  ///< Set if at least one of the stores keeps keys.
};

/// Reads the keys of the source.
[[nodiscard]] std::expected<crypto::KeyRing, std::string> load_source_keys(MigrationSide const& source, KeyPlaces const& places);

/// Checks that the target has no keys yet or those of the source, which it has if it is local like the source.
[[nodiscard]] std::expected<void, std::string> validate_target_keys(MigrationSide const& source, MigrationSide const& target,
                                                                    crypto::KeyRing const& keys, KeyPlaces const& places);

/// Copies all keys of the source to where those of the target are, unless they are there, and reads them again.
/// @return how many keys the target has; on failure, a sentence.
[[nodiscard]] std::expected<std::int64_t, std::string> copy_keys(MigrationSide const& source, MigrationSide const& target,
                                                                 crypto::KeyRing const& keys, KeyPlaces const& places, Random& random);

}  // namespace warder::runtime
