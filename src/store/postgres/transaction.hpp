// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection/connection.hpp"
#include "store/postgres/records.hpp"
#include "store/postgres/write_batch.hpp"
#include "warder/store.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace warder::store::postgres {

/// Reads all signing keys.
Pg<std::vector<authority::StoredKey>> read_keys(Connection& connection);

/// Users, tokens, audit log, signing keys and sessions in SQL. Each change of a user, token, key or session also adds a row to `changes`, from which
/// `Feed` learns what was committed. Statements without a result are only sent with the next that has one, or by the commit.
///
/// A transaction that changes something locks what it reads, so that what a use case found is still true when it commits:
/// users and tokens that it finds, the tokens of a user that it lists by their description, and the list of all users.
class Transaction final : private authority::UserStore, private authority::TokenStore, private authority::AuditLog {
  public:
    using OnFailure = std::function<void(PgError const&)>;
    /// @param batch  of the database transaction, which the caller flushes before it commits; null: nothing is changed.
    /// @param on_failure  called for each statement that failed; it logs the error and decides what happens to the
    /// commit.
    Transaction(Connection& connection, WriteBatch* batch, OnFailure on_failure)
        : connection_{&connection}, batch_{batch}, on_failure_{std::move(on_failure)} {}

    /// Returns the ports, which are valid as long as this object.
    [[nodiscard]] authority::Transaction ports() noexcept {
        return {.users = this, .tokens = this, .audit = this, .keys = &keys_, .sessions = &sessions_};
    }
    /// Returns whether anything was changed, so that a failed request must be undone.
    [[nodiscard]] bool has_changed() const noexcept { return has_changed_; }

  private:
    template <class T>
    using Result = authority::Result<T>;

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

    /// `KeyStore` has functions of the same names as `UserStore`.
    class Keys final : public authority::KeyStore {
      public:
        explicit Keys(Transaction& transaction) : transaction_{&transaction} {}
        Result<std::vector<authority::StoredKey>> list() const override;
        Result<void> insert(authority::StoredKey const& key) override;
        Result<void> erase(std::string_view id) override;
        Result<bool> is_signing(std::string_view id) const override;

      private:
        Transaction* transaction_;
    };

    class Sessions final : public authority::SessionStore {
      public:
        explicit Sessions(Transaction& transaction) : transaction_{&transaction} {}
        Result<std::vector<authority::StoredSession>> find(std::span<Digest const> id_digests) const override;
        Result<std::vector<authority::StoredSession>> list(UserId user) const override;
        Result<void> insert(authority::StoredSession const& session) override;
        Result<void> note_use(Digest const& id_digest, authority::SessionTime used_at) override;
        Result<void> erase(Digest const& id_digest) override;
        Result<std::int64_t> erase_ended(std::optional<UserId> user, authority::EndedSessions const& ended, std::uint32_t limit) override;
        Result<void> erase_oldest(std::optional<UserId> user, std::uint32_t kept) override;

      private:
        Transaction* transaction_;
    };

    [[nodiscard]] bool is_writing() const noexcept { return batch_ != nullptr; }
    void flush() const;
    Result<Rows> query(char const* sql, Parameters const& parameters) const;
    Result<Rows> query_unflushed(char const* sql, Parameters const& parameters) const;
    Result<void> change(char const* sql, Parameters const& parameters);
    Result<std::int64_t> count(char const* sql, Parameters const& parameters) const;
    Result<std::int64_t> change_counted(char const* sql, Parameters const& parameters);
    Result<std::optional<UserRecord>> find_user(char const* sql, Parameters const& parameters) const;
    Result<std::optional<TokenRecord>> find_token(char const* sql, Parameters const& parameters) const;
    void lock_user_list() const;

    Connection* connection_;
    WriteBatch* batch_;
    bool has_changed_ = false;
    Keys keys_{*this};
    Sessions sessions_{*this};
    OnFailure on_failure_;
};

}  // namespace warder::store::postgres
