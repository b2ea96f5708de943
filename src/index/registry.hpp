// SPDX-License-Identifier: MIT
#pragma once

#include "concurrent/read_mostly.hpp"
#include "concurrent/stable_vector.hpp"
#include "index/policy_table.hpp"
#include "index/token_limits.hpp"
#include "warder/store.hpp"
#include "warder/verifier.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace warder::index {

/// How many registered tokens there are.
struct TokenCounts {
    std::uint64_t live = 0;
    std::uint64_t disabled = 0;  ///< Not expired.
    std::uint64_t expired = 0;   ///< Or ended by a renewal.
    /// Of the live ones, those that end within 1, 7 and 30 days.
    std::array<std::uint64_t, 3> ending{};
    static constexpr std::array<std::chrono::days, 3> kWithin{std::chrono::days{1}, std::chrono::days{7}, std::chrono::days{30}};
};

/// The in-memory index of registered tokens, which the bearer path reads. It follows the store. Each token takes 64
/// bytes plus 11 to 22 bytes of index; equal policies are stored once, except for those with a rate limit.
///
/// Any number of threads may call `find` and `limits` at any time, without locks or waiting; they don't allocate. The
/// functions that change tokens and users must be called by one thread at a time (the store's).
///
/// Entries never move. An entry is unlinked from the index before it is reused, and its version is odd while it is
/// rewritten: a reader that was about to read it sees the version or the count of releases change, and starts again
/// with an index that no longer refers to it. The index is an open-addressing table of (tag, entry) pairs; a full one
/// is replaced as a whole.
class Registry {
  public:
    struct Found {
        UserId owner{};
        std::string_view owner_name;  ///< Valid as long as the registry: names never move, and the names of deleted users are kept.
        Instant ends_at{};
        Digest digest{};
        bool owner_is_admin = false;
        bool is_edited = false;
        bool is_disabled = false;
        bool is_scoped = false;      ///< Whether the token has grants of its own, or its owner a ceiling.
        bool is_restricted = false;  ///< Whether the policy limits from where, or how often, the token may be used.
    };
    /// @param seed  unpredictable, so that others can't choose ids that collide.
    explicit Registry(std::uint64_t seed);
    ~Registry();
    Registry(Registry const&) = delete;
    Registry& operator=(Registry const&) = delete;

    /// Starts to fetch what `find` reads first, which takes long in a large index. Do something else before you call `find`.
    void prefetch(TokenId const& id) const noexcept;
    /// Returns the token if it is registered and its owner exists. Doesn't check whether it expired.
    [[nodiscard]] std::optional<Found> find(TokenId const& id) const noexcept;
    /// Returns what limits the token; nullopt if it isn't registered, or if its owner doesn't exist.
    [[nodiscard]] std::optional<TokenLimits> limits(TokenId const& id) const noexcept;

    /// Counts the tokens by state. Any thread may call it; changes at the same time are counted or not. Reads every token.
    [[nodiscard]] TokenCounts count(Instant now) const noexcept;

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
    struct Reading;

    [[nodiscard]] std::optional<Reading> read(TokenId const& id) const noexcept;
    [[nodiscard]] Slot slot_of(TokenId const& id) const noexcept;
    [[nodiscard]] std::optional<std::uint32_t> locate(TokenId const& id) const;
    static void write(Entry& entry, authority::LiveToken const& token, std::uint32_t user, std::uint32_t policy);
    void provide_entry();
    [[nodiscard]] std::uint32_t take_entry() noexcept;
    void release_entry(std::uint32_t number) noexcept;
    void retire(User& user) noexcept;
    void forget(std::uint32_t number, TokenId const& id);
    void make_room();
    template <class Visit>
    void for_each_live(Visit visit) const;

    void mark_put(std::uint32_t entry) noexcept;
    void forget_user(std::unordered_map<std::int64_t, std::uint32_t>::iterator known);

    std::uint64_t seed_;
    concurrent::StableVector<Entry> entries_;
    concurrent::StableVector<User> users_;
    PolicyTable policies_;
    std::unordered_map<std::int64_t, std::uint32_t> user_slots_;
    std::vector<std::uint32_t> free_entries_;
    concurrent::ReadMostly<Index> index_;
    std::atomic<std::uint64_t> releases_{0};
    std::atomic<std::size_t> live_{0};
    /// What was put since a reload began.
    struct Reload {
        std::vector<bool> entries;  // by number
        std::unordered_set<std::int64_t> users;
    };
    std::optional<Reload> reload_;  // set during a reload
};

}  // namespace warder::index
