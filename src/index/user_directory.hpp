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

/// What sign-in must know of a user.
struct Account {
    UserId id{};
    std::string name;
    std::string password_hash;
    bool is_admin = false;
};

/// The user of the account as one who calls, over no network.
[[nodiscard]] inline authority::Caller caller_of(Account const& account) {
    return {.id = account.id, .name = account.name, .is_admin = account.is_admin};
}

/// The users in memory, by name, for sign-in; kept current by the store's changes. Any thread may call it.
class UserDirectory {
  public:
    /// Finds ignoring ASCII case.
    [[nodiscard]] std::optional<Account> find(std::string_view name) const;

    /// The cost of the hash that one user has, every user (below 2^32 of them) being as likely as any other where `draw` is evenly
    /// distributed over all 64-bit numbers.
    /// The same draw is of the same cost as long as the users' costs stay the same. nullopt: of no Argon2id hash, or there is no user with a
    /// password.
    [[nodiscard]] std::optional<crypto::Argon2Cost> draw_cost(std::uint64_t draw) const;

    /// Throws where memory lacks; then what was known of the user stays.
    void put(UserRecord const& user);
    void erase(UserId id);
    /// Until `end_reload` it is remembered who was put; whoever was not is forgotten then. A reload that never ended may begin again.
    void begin_reload();
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
    std::optional<std::set<UserId>> put_since_reload_;  // while one goes on
};

}  // namespace warder::index
