// SPDX-License-Identifier: MIT
#pragma once

#include "warder/authority.hpp"
#include "warder/token.hpp"

#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace warder::authority {

/// What sign-in must know of a user.
struct Account {
    UserId id{};
    std::string name;
    std::string password_hash;
    bool is_admin = false;
};

/// The users in memory, by name, for sign-in; kept current by the store's changes. Any thread may call it.
class Directory {
  public:
    /// Finds ignoring ASCII case.
    [[nodiscard]] std::optional<Account> find(std::string_view name) const;

    void put(UserRecord const& user);
    void erase(UserId id);
    void clear();

  private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, Account> by_folded_name_;
    std::map<UserId, std::string> folded_name_by_id_;
};

}  // namespace warder::authority
