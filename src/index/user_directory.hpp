// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/password.hpp"
#include "warder/authority.hpp"
#include "warder/token.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace warder::index {

/// The part of a user that sign-in needs.
struct Account {
    UserId id{};
    std::string name;
    std::string password_hash;
    bool is_admin = false;
};

/// Returns the principal for an account, without a client address.
[[nodiscard]] inline authority::Principal principal_of(Account const& account) {
    return {.id = account.id, .name = account.name, .is_admin = account.is_admin};
}

/// The users in memory, by name and by id, for sign-in. Kept current by the store's changes. Any thread may call it.
class UserDirectory {
  public:
    /// Finds a user, ignoring ASCII case.
    [[nodiscard]] std::optional<Account> find(std::string_view name) const;
    [[nodiscard]] std::optional<Account> find(UserId id) const;

    /// Returns the cost of one user's hash. If `draw` is uniformly distributed over all 64-bit numbers, each user (up
    /// to 2^32) is equally likely. The same draw gives the same cost as long as the users' costs don't change.
    /// @return nullopt if that user's hash is not Argon2id, or if no user has a password.
    [[nodiscard]] std::optional<crypto::Argon2Cost> draw_cost(std::uint64_t draw) const;

    /// Adds or replaces a user. Throws `std::bad_alloc`; the old account then stays.
    void put(UserRecord const& user);
    void erase(UserId id);
    /// Starts a reload: users that are not `put` until `end_reload` are removed then. A reload that never ended may be
    /// started again.
    void begin_reload();
    /// Ends a reload; does nothing if none was started.
    void end_reload();

  private:
    /// nullopt: a hash of another kind.
    using Cost = std::optional<crypto::Argon2Cost>;

    [[nodiscard]] std::size_t* provide_count(std::string_view password_hash);
    void uncount(std::string_view password_hash) noexcept;
    void forget_name(std::string const& folded, UserId id) noexcept;

    mutable std::shared_mutex mutex_;
    std::map<Cost, std::size_t> users_by_cost_;
    std::unordered_map<std::string, Account> by_folded_name_;
    std::map<UserId, std::string> folded_name_by_id_;
    std::optional<std::set<UserId>> put_since_reload_;  // set during a reload
};

}  // namespace warder::index
