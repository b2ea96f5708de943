// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/connection.hpp"
#include "warder/store.hpp"

#include <functional>

namespace warder::store {

/// The columns of a token, which `read_token` expects in this order, followed by those of its uses. Those of the first
/// list never change.
#define WARDER_TOKEN_IDENTITY "id, owner, issued_at, expires_at, digest, key_id"
#define WARDER_TOKEN_STATE "description, life, ends_at, successor, is_edited, policy"
#define WARDER_TOKEN_SELECT                                              \
    "SELECT " WARDER_TOKEN_IDENTITY ", " WARDER_TOKEN_STATE              \
    ", use_count, last_used_at, last_used_from, run, batch FROM tokens " \
    "LEFT JOIN uses ON uses.token = tokens.seq "
/// The columns that `read_user` expects.
#define WARDER_USER_COLUMNS "id, name, password_hash, is_admin, created_at, token_count, ceiling, last_sign_in_at"

/// These return a row as a record, or nullopt if the row is damaged.
std::optional<TokenRecord> read_token(Statement const& row, int first_column);
std::optional<UserRecord> read_user(Statement const& row, int first_column);

/// Returns the policy in a column, or nullopt if the column is damaged.
std::optional<TokenPolicy> read_policy(Statement const& row, int column);

/// Users, tokens and audit log in SQL. Each change of a user or token also adds a row to `changes`, from which
/// `SqliteFeed` learns what was committed.
class SqliteTransaction final : private authority::UserStore, private authority::TokenStore, private authority::AuditLog {
  public:
    using OnFailure = std::function<void(SqliteError const&)>;
    /// @param on_failure  called for each statement that failed; it logs the error and decides what happens to the
    /// commit.
    SqliteTransaction(Connection& connection, OnFailure on_failure) : connection_{&connection}, on_failure_{std::move(on_failure)} {}

    /// Returns the ports, which are valid as long as this object.
    [[nodiscard]] authority::Transaction ports() noexcept { return {.users = this, .tokens = this, .audit = this}; }

  private:
    template <class T>
    using Result = authority::Result<T>;
    using Bind = std::function<void(Statement&)>;

    Result<std::optional<UserRecord>> find(UserId id) const override;
    Result<std::optional<UserRecord>> find(std::string_view name) const override;
    Result<std::vector<UserRecord>> list() const override;
    Result<std::vector<UserRecord>> list(std::optional<UserId> after, std::uint32_t limit) const override;
    Result<UserId> insert(UserRecord const& user) override;
    Result<void> update(UserRecord const& user) override;
    Result<void> note_sign_in(UserId id, Instant at) override;
    Result<void> erase(UserId id) override;

    Result<std::optional<TokenRecord>> find(TokenKey const& key) const override;
    Result<std::optional<TokenRecord>> find(TokenId const& id) const override;
    Result<std::vector<TokenRecord>> list(authority::TokenQuery const& query) const override;
    Result<std::vector<TokenRecord>> list_live(UserId owner, std::string_view description, Instant now) const override;
    Result<std::int64_t> count_live(std::string_view key_id, Instant now) const override;
    Result<Instant> latest_time() const override;
    Result<void> insert(TokenRecord const& token, std::string_view text) override;
    Result<void> update(TokenRecord const& token) override;
    Result<void> add_uses(authority::CountedUses const& uses) override;
    Result<void> erase(TokenKey const& key) override;
    Result<std::int64_t> erase_signed_by(std::string_view key_id) override;
    Result<std::int64_t> erase_all(UserId owner) override;
    Result<std::int64_t> count_replaced(Instant now) const override;
    Result<std::int64_t> purge(Instant expired_before, Instant now, std::uint32_t limit) override;

    Result<std::vector<authority::AuditRecord>> list(authority::AuditQuery const& query) const override;
    Result<void> append(authority::AuditEvent const& event) override;
    Result<std::int64_t> purge(Instant before, std::uint32_t limit) override;

    std::unexpected<authority::Error> failed(SqliteError const& error) const;
    Result<void> run(char const* sql, Bind const& bind);
    Result<std::int64_t> count(char const* sql, Bind const& bind) const;
    Result<std::optional<UserRecord>> find_user(char const* sql, Bind const& bind) const;
    Result<std::vector<TokenRecord>> collect_tokens(char const* sql, Bind const& bind, std::int64_t* damaged = nullptr) const;
    Result<std::optional<TokenRecord>> find_token(char const* sql, Bind const& bind) const;
    Result<void> note_token(TokenKey const& key);
    Result<void> note_user(UserId id);
    Result<std::int64_t> erase_selected(char const* sql, Bind const& bind);

    Connection* connection_;
    OnFailure on_failure_;
};

}  // namespace warder::store
