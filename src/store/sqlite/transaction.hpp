// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/connection.hpp"
#include "warder/store.hpp"

#include <functional>

namespace warder::store {

/// The columns that `read_token` expects, in its order, and the tables they come from. The first ones are the columns
/// of the table of tokens.
#define WARDER_TOKEN_SELECT \
    "SELECT " WARDER_TOKEN_COLUMNS ", use_count, last_used_at, last_used_from, run, batch FROM tokens LEFT JOIN uses ON uses.token = tokens.seq "
#define WARDER_TOKEN_COLUMNS "id, owner, description, life, issued_at, expires_at, ends_at, successor, digest, key_id, is_edited, endpoints"
#define WARDER_USER_COLUMNS "id, name, password_hash, is_admin, created_at, token_count, ceiling"

/// These return a row as a record, or nullopt if the row is damaged.
std::optional<TokenRecord> read_token(Statement const& row, int first_column);
std::optional<UserRecord> read_user(Statement const& row, int first_column);

/// Returns the list of grants in a column: null if the column is NULL, nullopt if it is damaged.
std::optional<Grants> read_grants(Statement const& row, int column);

/// Users and tokens in SQL. Each change also adds a row to `changes`, from which `SqliteFeed` learns what was
/// committed.
class SqliteTransaction final : public authority::Transaction {
  public:
    using OnFailure = std::function<void(SqliteError const&)>;
    /// @param on_failure  called for each statement that failed; it logs the error and decides what happens to the
    /// commit.
    SqliteTransaction(Connection& connection, OnFailure on_failure) : connection_{&connection}, on_failure_{std::move(on_failure)} {}

    authority::Result<std::optional<UserRecord>> user(UserId id) override;
    authority::Result<std::optional<UserRecord>> user_named(std::string_view name) override;
    authority::Result<std::vector<UserRecord>> users() override;
    authority::Result<std::int64_t> count_admins() override;
    authority::Result<std::optional<TokenRecord>> token(TokenKey const& key) override;
    authority::Result<std::optional<TokenRecord>> find_token(TokenId const& id) override;
    authority::Result<std::vector<TokenRecord>> tokens(authority::TokenQuery const& query) override;
    authority::Result<std::vector<TokenRecord>> live_tokens_described(UserId owner, std::string_view description, Instant now) override;
    authority::Result<std::int64_t> count_live_signed_by(std::string_view key_id, Instant now) override;
    authority::Result<Instant> latest_time() override;
    authority::Result<std::vector<authority::AuditRecord>> audit_events(authority::AuditQuery const& query) override;

    authority::Result<UserId> insert_user(UserRecord const& user) override;
    authority::Result<void> set_admin(UserId id, bool is_admin) override;
    authority::Result<void> set_ceiling(UserId id, Grants const& ceiling) override;
    authority::Result<void> set_password_hash(UserId id, std::string_view password_hash) override;
    authority::Result<void> delete_user(UserId id) override;
    authority::Result<void> insert_token(TokenRecord const& token, std::string_view text) override;
    authority::Result<void> set_description(TokenKey const& key, std::string_view description) override;
    authority::Result<void> set_endpoints(TokenKey const& key, Grants const& endpoints) override;
    authority::Result<void> set_succession(TokenKey const& key, TokenRecord::Succession const& succession) override;
    authority::Result<void> add_uses(authority::CountedUses const& uses) override;
    authority::Result<void> delete_token(TokenKey const& key) override;
    authority::Result<std::int64_t> delete_signed_by(std::string_view key_id) override;
    authority::Result<std::int64_t> purge(Instant expired_before, Instant now, std::uint32_t limit) override;
    authority::Result<void> add_audit_event(authority::AuditEvent const& event) override;
    authority::Result<std::int64_t> purge_audit(Instant before, std::uint32_t limit) override;

  private:
    using Bind = std::function<void(Statement&)>;

    std::unexpected<authority::Error> failed(SqliteError const& error);
    authority::Result<void> run(char const* sql, Bind const& bind);
    authority::Result<std::int64_t> count(char const* sql, Bind const& bind);
    authority::Result<std::optional<UserRecord>> find_user(char const* sql, Bind const& bind);
    authority::Result<std::vector<TokenRecord>> collect_tokens(char const* sql, Bind const& bind, std::int64_t* damaged = nullptr);
    authority::Result<std::optional<TokenRecord>> find_token(char const* sql, Bind const& bind);
    authority::Result<void> note_token(TokenKey const& key);
    authority::Result<void> note_user(UserId id);
    authority::Result<std::int64_t> delete_selected(char const* sql, Bind const& bind);

    Connection* connection_;
    OnFailure on_failure_;
};

}  // namespace warder::store
