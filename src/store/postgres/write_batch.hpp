// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/requests.hpp"
#include "store/postgres/connection/connection.hpp"
#include "warder/store.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::store::postgres {

/// What the requests of one database transaction read and add most often, so that all of them share a few statements. New
/// tokens and audit events are inserted together. Users whose rows the transaction has locked, and the descriptions of
/// their tokens, are remembered, since no one else can change these before it ends. For one thread at a time.
class WriteBatch {
  public:
    void add(TokenRecord const& token) { tokens_.push_back(token); }
    void add(authority::AuditEvent const& event) { events_.push_back(event); }
    /// Adds the tokens to `found` that `TokenStore::list_live` is to find and that are not inserted yet.
    void list_live(UserId owner, std::string_view description, Instant now, std::vector<TokenRecord>& found) const;

    /// Locks and reads what the requests expect to read: two round trips for all of them.
    Pg<void> read_ahead(Connection& connection, std::span<WriteRequest* const> requests);
    /// Returns the tokens that `list_live` of the store is to find, if they were read ahead.
    [[nodiscard]] std::optional<std::vector<TokenRecord>> known_live(UserId owner, std::string_view description, Instant now) const;

    /// Remembers a user whose row is locked, as it was read.
    void remember(UserRecord const& user) { users_.push_back(user); }
    /// Returns a user that is remembered, with the tokens that are not inserted yet in the count.
    [[nodiscard]] std::optional<UserRecord> find(UserId id) const;
    [[nodiscard]] std::optional<UserRecord> find(std::string_view folded_name) const;
    [[nodiscard]] bool is_locked(UserId id) const noexcept;
    /// Forgets what was read, because a statement may have changed it.
    void forget_reads() noexcept;

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
    /// Of which users and descriptions the tokens were read ahead, and these tokens.
    std::set<std::pair<UserId, std::string>> known_descriptions_;
    std::vector<TokenRecord> known_tokens_;
};

}  // namespace warder::store::postgres
