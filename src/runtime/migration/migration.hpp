// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "warder/store.hpp"

#include <atomic>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

/// Copies the content of one store into another one, of whatever kinds they are.
namespace warder::runtime {

/// One of the two stores of a migration. Its kind doesn't matter: only the store's interface is used.
struct MigrationSide {
    authority::Store* store;
    std::string name;  ///< For messages: where the store is.
};

/// How much a store contains.
struct ContentCounts {
    std::int64_t users = 0;
    std::int64_t ceilings = 0;  ///< Users with a ceiling.
    std::int64_t tokens = 0;
    std::int64_t policies = 0;  ///< Tokens with limits of their own.
    std::int64_t uses = 0;      ///< Of all tokens together.
    std::int64_t audit_events = 0;
    std::int64_t keys = 0;  ///< Signing keys, which `migrate` doesn't count.
    friend bool operator==(ContentCounts const&, ContentCounts const&) = default;
};

/// What the comparison of two stores found. Their records are compared one by one, in the order of their lists; the ids
/// of users and events, which each store assigns, are not.
struct Comparison {
    ContentCounts source, target;
    std::optional<std::string> conflict;  ///< The first record of the target that the source doesn't have at that position.
    std::optional<std::string> missing;   ///< The first record of the source that the target doesn't have yet.

    [[nodiscard]] bool are_equal() const noexcept { return !conflict && !missing; }
};

enum class MigrationStep : std::uint8_t { kReading, kCopyingUsers, kCopyingTokens, kCopyingEvents, kVerifying };

/// How far a migration is; another thread may read it.
struct MigrationProgress {
    std::atomic<MigrationStep> step{MigrationStep::kReading};
    std::atomic<std::uint64_t> done{0};   ///< Records of the step.
    std::atomic<std::uint64_t> total{0};  ///< 0 if unknown.

    void begin(MigrationStep next, std::uint64_t records) noexcept {
        step = next;
        done = 0;
        total = records;
    }
};

/// Checks that the target will be able to keep everything that is in the source. Only reads the source.
/// @return on failure, a message that names the first users and tokens that it can't keep, and how many there are.
[[nodiscard]] std::expected<void, std::string> validate_migration(MigrationSide const& source, authority::StoreCapabilities const& target,
                                                                  crypto::KeyRing const& keys);

/// Copies users, tokens, uses and audit events from one view of the source, in their order, in batches that are written
/// completely or not at all, and then compares both stores. A target that has the beginning of the source, because an
/// earlier call was interrupted, gets the rest. Writes no audit event of its own. Only reads the source. Blocks.
/// @param keys  find the keys of tokens without a key id, of which a target knows only the digest.
/// @return what the comparison at the end found, or why nothing or not everything was copied.
[[nodiscard]] std::expected<Comparison, std::string> migrate(MigrationSide const& source, MigrationSide const& target, crypto::KeyRing const& keys,
                                                             MigrationProgress& progress);

}  // namespace warder::runtime
