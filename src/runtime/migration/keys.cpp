// SPDX-License-Identifier: MIT
#include "runtime/migration/keys.hpp"

#include "authority/wait.hpp"
#include "core/try.hpp"
#include "runtime/keys/key_file.hpp"
#include "runtime/migration/content_view.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace warder::runtime {
namespace {

using authority::Result;
using authority::StoredKey;
using Ring = std::optional<crypto::KeyRing>;

bool keeps_keys(MigrationSide const& side) { return side.store->capabilities().keeps_keys; }

bool are_equal(crypto::KeyRing const& one, crypto::KeyRing const& other) {
    return std::ranges::equal(one.keys(), other.keys(), [](auto const& a, auto const& b) {
        return a->id == b->id && a->created_at == b->created_at && a->origin == b->origin &&
               crypto::equal_in_constant_time(a->secret.view(), b->secret.view());
    });
}

/// Reads the keys of a store that keeps them; nullopt if it has none.
Checked<Ring> read_stored_keys(MigrationSide const& side, KeyEncryptionKey const& encryption) {
    std::vector<StoredKey> keys;
    auto const read = authority::wait<void>([&](auto done) {
        auto list = [&keys](authority::Snapshot const& view) -> Result<void> {
            WARDER_TRY(keys, view.keys->list());
            return {};
        };
        side.store->read(std::move(list), std::move(done));
    });
    WARDER_TRY_VOID(named(side, read));
    if (keys.empty()) return Ring{};
    WARDER_TRY(auto ring, encryption.unseal(keys));
    return Ring{std::move(ring)};
}

Checked<Ring> read_target_keys(MigrationSide const& target, KeyPlaces const& places) {
    if (keeps_keys(target)) return read_stored_keys(target, *places.encryption);
    auto content = load_key_file(places.key_file);
    if (content) return Ring{std::move(content->ring)};
    if (content.error().is_missing) return Ring{};
    return std::unexpected{std::move(content.error().message)};
}

std::string place_of(MigrationSide const& target, KeyPlaces const& places) { return keeps_keys(target) ? target.name : places.key_file.string(); }

/// Encrypts the keys again. No server uses the target yet, so each of them may sign at once.
Checked<void> store_keys(MigrationSide const& target, crypto::KeyRing const& keys, KeyEncryptionKey const& encryption, Random& random) {
    std::vector<StoredKey> sealed;
    for (auto const& key : keys.keys()) sealed.push_back(encryption.seal(*key, true, random));
    return named(target, authority::wait<void>([&](auto done) {
                     auto insert = [&sealed](authority::Transaction const& transaction) -> Result<void> {
                         for (auto const& key : sealed) WARDER_TRY_VOID(transaction.keys->insert(key));
                         return {};
                     };
                     target.store->write(std::move(insert), std::move(done));
                 }));
}

Checked<void> write_key_file(std::filesystem::path const& file, crypto::KeyRing const& keys) {
    WARDER_TRY(auto const lock, KeyFileLock::acquire(file));
    return save_key_ring(file, keys);
}

}  // namespace

std::expected<crypto::KeyRing, std::string> load_source_keys(MigrationSide const& source, KeyPlaces const& places) {
    if (!keeps_keys(source)) return load_key_ring(places.key_file);
    WARDER_TRY(auto ring, read_stored_keys(source, *places.encryption));
    if (!ring) return std::unexpected{source.name + ": has no signing keys"};
    return std::move(*ring);
}

std::expected<void, std::string> validate_target_keys(MigrationSide const& source, MigrationSide const& target, crypto::KeyRing const& keys,
                                                      KeyPlaces const& places) {
    if (!keeps_keys(source) && !keeps_keys(target)) return {};
    WARDER_TRY(auto const present, read_target_keys(target, places));
    if (present && !are_equal(*present, keys))
        return std::unexpected{place_of(target, places) +
                               ": has other signing keys than the source; name a new store, and a data directory without keys"};
    return {};
}

std::expected<std::int64_t, std::string> copy_keys(MigrationSide const& source, MigrationSide const& target, crypto::KeyRing const& keys,
                                                   KeyPlaces const& places, Random& random) {
    if (!keeps_keys(source) && !keeps_keys(target)) return static_cast<std::int64_t>(keys.keys().size());
    WARDER_TRY_VOID(validate_target_keys(source, target, keys, places));
    WARDER_TRY(auto const present, read_target_keys(target, places));
    if (!present) WARDER_TRY_VOID(keeps_keys(target) ? store_keys(target, keys, *places.encryption, random) : write_key_file(places.key_file, keys));
    WARDER_TRY(auto const copied, read_target_keys(target, places));
    if (!copied || !are_equal(*copied, keys)) return std::unexpected{place_of(target, places) + ": the signing keys are not those of the source"};
    return static_cast<std::int64_t>(copied->keys().size());
}

}  // namespace warder::runtime
