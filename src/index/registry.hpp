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

/// The index of registered tokens that the bearer path reads. Lives in memory, 64 bytes a token and 11 to 22 of index (lists of grants are kept once
/// for all that have the same), 48 more for one that was used, and follows the store.
///
/// `find` and `note_use` may be called by any number of threads at any time: they take no lock and wait for nobody; `find` allocates nothing. The
/// changing calls come from one thread at a time (the store's).
///
/// Entries never move. An entry is unlinked from the index before it is used again, and its version is odd while it is rewritten: a reader that was
/// on its way there sees the version or the count of releases change, and starts again on an index that no longer leads there. The index is an
/// open-addressing table of (tag, entry) pairs; a full one is replaced as a whole.
class Registry {
  public:
    /// The first 224 bits of a token's digest. As hard to meet by another token as SHA-224 (FIPS 180-4 §7), and the rest is room for four bytes.
    using KeptDigest = std::array<std::uint8_t, 28>;

    struct Found {
        UserId owner{};
        std::string_view owner_name;  ///< Lives as long as the registry: names never move, and a deleted user's stays.
        Instant ends_at{};
        KeptDigest digest{};
        bool owner_is_admin = false;
        bool is_edited = false;
        Grants endpoints;  ///< Null: no limit.
        Grants ceiling;    ///< The owner's; null: none.
        authority::RegistryEntryRef place;
    };
    /// What was counted of a token's uses since this registry began.
    struct UsesSoFar {
        UsageTable::Uses uses;
        std::int64_t saved = 0;
        std::uint32_t first_saving = 0;  ///< Which of the savings was the first that had any of them.
    };
    /// Some of what was counted and is not stored yet.
    struct UnsavedUses {
        struct One {
            TokenKey key;
            UsageTable::Snapshot seen;
        };
        std::vector<One> tokens;
        std::optional<std::uint32_t> next;  ///< Where to go on; nothing: these were the last.
    };

    /// @param seed  unpredictable, so that ids made by others can't be chosen to collide.
    explicit Registry(std::uint64_t seed);
    ~Registry();
    Registry(Registry const&) = delete;
    Registry& operator=(Registry const&) = delete;

    /// The token, if it is registered and its owner exists. Says nothing about its expiry.
    [[nodiscard]] std::optional<Found> find(TokenId const& id) const noexcept;

    /// Counts a use of the token, if it still is registered. @param place  where `find` found it. Allocates for one token in 4,096 that had none.
    void note_use(TokenId const& id, authority::RegistryEntryRef place, UsageTable::Use const& use) const noexcept;
    /// Nothing: none was counted. This and the two below may be called by any thread, and wait for changes.
    [[nodiscard]] std::optional<UsesSoFar> uses_of(TokenId const& id) const;
    /// @param from  0 to begin with, then `next`. @param most  tokens.
    [[nodiscard]] UnsavedUses unsaved_uses(std::uint32_t from, std::size_t most) const;
    void acknowledge_flush(UnsavedUses const& uses) const;
    /// How often something was marked as saved.
    [[nodiscard]] std::uint32_t flushes() const noexcept { return flushes_.load(std::memory_order_acquire); }

    /// This and the five below throw where memory lacks. What was to change is as before then, or as it is to be; to call them again completes it.
    ///
    /// Adds the token or replaces what was known of it. A token of an unknown owner is left out: it could not be used.
    void put(authority::LiveToken const& token);
    void erase(TokenId const& id);
    void put_user(UserId id, std::string_view name, bool is_admin, Grants const& ceiling = nullptr);
    /// The user's tokens are refused from here on, and forgotten.
    void erase_user(UserId id);
    /// Until `end_reload` it is remembered what was put; what was not is forgotten then, and refused from there on. Until then all of it is found, so
    /// that no request meets half of the content. A reload that never ended may begin again. Costs a bit for each token while it goes on.
    void begin_reload();
    void end_reload();

    /// Registered tokens.
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

    bool note_at(authority::RegistryEntryRef place, UsageTable::Use const& use) const noexcept;
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
    mutable UsageTable usage_;  // the counts change under the readers
    /// What was put since a reload began.
    struct Reload {
        std::vector<bool> entries;  // by number
        std::unordered_set<std::int64_t> users;
    };
    std::optional<Reload> reload_;  // while one goes on
    mutable std::mutex changing_;   // keeps entries and uses as they are; never taken where a token is judged
};

}  // namespace warder::index
