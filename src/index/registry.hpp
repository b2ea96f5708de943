// SPDX-License-Identifier: MIT
#pragma once

#include "concurrent/read_mostly.hpp"
#include "concurrent/stable_vector.hpp"
#include "index/grant_table.hpp"
#include "index/usage_table.hpp"
#include "warder/store.hpp"
#include "warder/verifier.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace warder::index {

/// The in-memory index of registered tokens, which the bearer path reads. It follows the store. Each token takes 64
/// bytes plus 11 to 22 bytes of index, and 48 more after its first use; equal lists of grants are stored once.
///
/// Any number of threads may call `find` and `note_use` at any time, without locks or waiting; `find` doesn't allocate.
/// The functions that change tokens and users must be called by one thread at a time (the store's).
///
/// Entries never move. An entry is unlinked from the index before it is reused, and its version is odd while it is
/// rewritten: a reader that was about to read it sees the version or the count of releases change, and starts again
/// with an index that no longer refers to it. The index is an open-addressing table of (tag, entry) pairs; a full one
/// is replaced as a whole.
class Registry {
  public:
    /// The first 224 bits of a token's digest. As collision-resistant as SHA-224 (FIPS 180-4, section 7); leaves four
    /// bytes of the entry free.
    using KeptDigest = std::array<std::uint8_t, 28>;

    struct Found {
        UserId owner{};
        std::string_view owner_name;  ///< Valid as long as the registry: names never move, and the names of deleted users are kept.
        Instant ends_at{};
        KeptDigest digest{};
        bool owner_is_admin = false;
        bool is_edited = false;
        Grants endpoints;  ///< Null: none of its own.
        Grants ceiling;    ///< The owner's; null: none.
        authority::RegistryEntryRef entry_ref;
    };
    /// The uses of a token that were counted since the registry was created.
    struct UsesSoFar {
        UsageTable::Uses uses;
        std::int64_t saved = 0;
        std::uint32_t first_flush = 0;  ///< The number of the first flush that included any of them.
    };
    /// A batch of uses that were counted but are not stored yet.
    struct UnsavedUses {
        struct One {
            TokenKey key;
            UsageTable::Snapshot seen;
        };
        std::vector<One> tokens;
        std::optional<std::uint32_t> next;  ///< Where to continue; nullopt: this was the last batch.
    };

    /// @param seed  unpredictable, so that others can't choose ids that collide.
    explicit Registry(std::uint64_t seed);
    ~Registry();
    Registry(Registry const&) = delete;
    Registry& operator=(Registry const&) = delete;

    /// Returns the token if it is registered and its owner exists. Doesn't check whether it expired.
    [[nodiscard]] std::optional<Found> find(TokenId const& id) const noexcept;

    /// Counts a use of the token if it is still registered. Allocates once per 4,096 tokens that are used for the first
    /// time.
    /// @param entry_ref  where `find` found the token.
    void note_use(TokenId const& id, authority::RegistryEntryRef entry_ref, UsageTable::Use const& use) const noexcept;
    /// Returns the uses counted for the token. Any thread may call this function and the two below; they wait for
    /// changes.
    /// @return nullopt if the token was never used.
    [[nodiscard]] std::optional<UsesSoFar> uses_of(TokenId const& id) const;
    /// Returns uses that are not stored yet.
    /// @param from  0 for the first batch, then `next` of the previous one.
    /// @param most  maximum number of tokens.
    [[nodiscard]] UnsavedUses unsaved_uses(std::uint32_t from, std::size_t most) const;
    /// Marks the uses of a batch as stored.
    void acknowledge_flush(UnsavedUses const& uses) const;
    /// Returns how often uses were marked as stored.
    [[nodiscard]] std::uint32_t flushes() const noexcept { return flushes_.load(std::memory_order_acquire); }

    /// Adds the token or replaces it. Ignores a token whose owner is unknown, which could not be used anyway.
    ///
    /// This function and the five below throw `std::bad_alloc` if memory is short. Each token and user is then in its old
    /// or in its new state; repeat the call to complete the change.
    void put(authority::LiveToken const& token);
    /// Removes the token, which is rejected from now on.
    void erase(TokenId const& id);
    /// Adds the user or replaces it.
    void put_user(UserId id, std::string_view name, bool is_admin, Grants const& ceiling = nullptr);
    /// Removes the user and all of their tokens, which are rejected from now on.
    void erase_user(UserId id);
    /// Starts a reload: everything that is not `put` until `end_reload` is removed then. Until then the old content can
    /// be found, so that no request is decided from a part of the content. A reload that never ended may be started
    /// again. Takes one bit per token while it lasts.
    void begin_reload();
    /// Ends a reload; does nothing if none was started.
    void end_reload();

    /// Returns the number of registered tokens.
    [[nodiscard]] std::size_t size() const noexcept { return live_.load(std::memory_order_relaxed); }

  private:
    struct Entry;
    struct User;
    class Index;
    struct Slot;

    [[nodiscard]] Slot slot_of(TokenId const& id) const noexcept;
    [[nodiscard]] std::optional<std::uint32_t> locate(TokenId const& id) const;
    static void write(Entry& entry, authority::LiveToken const& token, std::uint32_t user, std::uint32_t grants);
    void provide_entry();
    [[nodiscard]] std::uint32_t take_entry() noexcept;
    std::uint32_t release_entry(std::uint32_t number) noexcept;
    void retire(User& user) noexcept;
    std::uint32_t forget(std::uint32_t number, TokenId const& id);
    void make_room();
    template <class Visit>
    void for_each_live(Visit visit) const;

    bool note_at(authority::RegistryEntryRef entry_ref, UsageTable::Use const& use) const noexcept;
    [[nodiscard]] std::uint32_t attach_uses(Entry const& entry, std::uint32_t number) const noexcept;
    void move_uses(std::uint32_t uses, std::uint32_t to);
    void drop_uses(std::uint32_t uses);
    void mark_put(std::uint32_t entry) noexcept;
    void forget_user(std::unordered_map<std::int64_t, std::uint32_t>::iterator known);

    std::uint64_t seed_;
    concurrent::StableVector<Entry> entries_;
    concurrent::StableVector<User> users_;
    GrantTable grants_;
    std::unordered_map<std::int64_t, std::uint32_t> user_slots_;
    std::vector<std::uint32_t> free_entries_;
    concurrent::ReadMostly<Index> index_;
    std::atomic<std::uint64_t> releases_{0};
    std::atomic<std::size_t> live_{0};
    mutable std::atomic<std::uint32_t> flushes_{0};
    mutable UsageTable usage_;  // readers change the counts
    /// What was put since a reload began.
    struct Reload {
        std::vector<bool> entries;  // by number
        std::unordered_set<std::int64_t> users;
    };
    std::optional<Reload> reload_;  // set during a reload
    mutable std::mutex changing_;   // guards entries and usage records against changes; never taken while a token is verified
};

}  // namespace warder::index
