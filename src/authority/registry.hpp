// SPDX-License-Identifier: MIT
#pragma once

#include "authority/published.hpp"
#include "warder/store.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace warder::authority {

/// The index of registered tokens that the bearer path reads. Lives in memory, 80 to 100 bytes a token, and follows the store's changes.
///
/// `find` may be called by any number of threads at any time: it takes no lock, waits for nobody and allocates nothing. The changing
/// calls come from one thread at a time (the store's).
class Registry {
  public:
    struct Found {
        UserId owner{};
        std::string_view owner_name;  ///< Lives as long as the registry: names never move, and a deleted user's stays.
        Instant ends_at{};
        Digest digest{};
        bool owner_is_admin = false;
        bool is_edited = false;
    };

    Registry();
    ~Registry();
    Registry(Registry const&) = delete;
    Registry& operator=(Registry const&) = delete;

    /// The token, if it is registered and its owner exists. Says nothing about its expiry.
    [[nodiscard]] std::optional<Found> find(TokenId const& id) const noexcept;

    void put(LiveToken const& token);
    void erase(TokenId const& id);
    void put_user(UserId id, std::string_view name, bool is_admin);
    void erase_user(UserId id);
    void clear();

    [[nodiscard]] std::size_t size() const noexcept { return live_.load(std::memory_order_relaxed); }

  private:
    struct Entry;
    struct User;
    struct Index;
    template <class T>
    class Chunks;

    [[nodiscard]] std::optional<std::uint32_t> locate(TokenId const& id) const;
    void unlink(TokenId const& id);
    void link(TokenId const& id, std::uint32_t entry);
    void rebuild(std::size_t capacity);

    std::unique_ptr<Chunks<Entry>> entries_;
    std::unique_ptr<Chunks<User>> users_;
    std::unordered_map<std::int64_t, std::uint32_t> user_slots_;
    std::vector<std::uint32_t> free_entries_;
    std::uint64_t seed_;
    Published<Index> index_;
    std::size_t occupied_ = 0;  // index slots that are not empty, tombstones included
    std::atomic<std::size_t> live_{0};
};

}  // namespace warder::authority
