// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection.hpp"
#include "warder/store.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace warder::store::postgres {

/// What the requests of one database transaction add most often, tokens and audit events: all of them are inserted with
/// one statement for each table. Also remembers the users whose rows the transaction has locked, since no one else can
/// change these before it ends. For one thread at a time.
class WriteBatch {
  public:
    void add(TokenRecord const& token) { tokens_.push_back(token); }
    void add(authority::AuditEvent const& event) { events_.push_back(event); }
    /// Adds the tokens to `found` that `TokenStore::list_live` is to find and that are not inserted yet.
    void list_live(UserId owner, std::string_view description, Instant now, std::vector<TokenRecord>& found) const;

    /// Remembers a user whose row is locked, as it was read.
    void remember(UserRecord const& user) { users_.push_back(user); }
    /// Returns a user that is remembered, with the tokens that are not inserted yet in the count.
    [[nodiscard]] std::optional<UserRecord> find(UserId id) const;
    [[nodiscard]] std::optional<UserRecord> find(std::string_view folded_name) const;
    [[nodiscard]] bool is_locked(UserId id) const noexcept;
    /// Forgets the users, because a statement may have changed them.
    void forget_users() noexcept { users_.clear(); }

    /// Sends the statements that insert everything, with the connection's next statement.
    void flush(Connection& connection);
    /// Forgets everything: the transaction has ended, or what was added is undone.
    void clear() noexcept;

  private:
    [[nodiscard]] UserRecord complete(UserRecord user) const;
    void insert_tokens(Connection& connection) const;
    void insert_events(Connection& connection) const;

    std::vector<TokenRecord> tokens_;
    std::vector<authority::AuditEvent> events_;
    std::vector<UserRecord> users_;
};

}  // namespace warder::store::postgres
