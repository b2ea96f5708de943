// SPDX-License-Identifier: MIT
#pragma once

#include "authority/chunks.hpp"
#include "authority/grant_table.hpp"
#include "authority/published.hpp"
#include "warder/store.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace warder::authority {

/// The index of registered tokens that the bearer path reads. Lives in memory, 64 bytes a token and 11 to 22 of index (lists of grants are kept once
/// for all that have the same), and follows the store.
///
/// `find` may be called by any number of threads at any time: it takes no lock, waits for nobody and allocates nothing. The changing
/// calls come from one thread at a time (the store's).
///
/// Entries never move. An entry is unlinked from the index before it is used again, and its version is odd while it is rewritten: a reader that was
/// on its way there sees the version or the count of releases change, and starts again on an index that no longer leads there. The index is an
/// open-addressing table of (tag, entry) pairs; a full one is replaced as a whole.
class Registry {
  public:
    struct Found {
        UserId owner{};
        std::string_view owner_name;  ///< Lives as long as the registry: names never move, and a deleted user's stays.
        Instant ends_at{};
        Digest digest{};
        bool owner_is_admin = false;
        bool is_edited = false;
        Grants endpoints;  ///< Null: no limit.
        Grants ceiling;    ///< The owner's; null: none.
    };

    /// @param seed  unpredictable, so that ids made by others can't be chosen to collide.
    explicit Registry(std::uint64_t seed);
    ~Registry();
    Registry(Registry const&) = delete;
    Registry& operator=(Registry const&) = delete;

    /// The token, if it is registered and its owner exists. Says nothing about its expiry.
    [[nodiscard]] std::optional<Found> find(TokenId const& id) const noexcept;

    /// Adds the token or replaces what was known of it. A token of an unknown owner is left out: it could not be used.
    void put(LiveToken const& token);
    void erase(TokenId const& id);
    void put_user(UserId id, std::string_view name, bool is_admin, Grants const& ceiling = nullptr);
    /// The user's tokens are refused from here on, and forgotten.
    void erase_user(UserId id);
    void clear();

    /// Registered tokens.
    [[nodiscard]] std::size_t size() const noexcept { return live_.load(std::memory_order_relaxed); }

  private:
    struct Entry;
    struct User;
    class Index;
    struct Slot;

    [[nodiscard]] Slot slot_of(TokenId const& id) const noexcept;
    [[nodiscard]] std::optional<std::uint32_t> locate(TokenId const& id) const;
    static void write(Entry& entry, LiveToken const& token, std::uint32_t user, std::uint32_t grants);
    [[nodiscard]] std::uint32_t take_entry();
    void release_entry(std::uint32_t number);
    void retire(User& user);
    void forget(std::uint32_t number, TokenId const& id);
    void make_room();
    template <class Visit>
    void for_each_live(Visit visit) const;

    std::uint64_t seed_;
    Chunks<Entry> entries_;
    Chunks<User> users_;
    GrantTable grants_;
    std::unordered_map<std::int64_t, std::uint32_t> user_slots_;
    std::vector<std::uint32_t> free_entries_;
    Published<Index> index_;
    std::atomic<std::uint64_t> releases_{0};
    std::atomic<std::size_t> live_{0};
};

}  // namespace warder::authority
