// SPDX-License-Identifier: MIT
#pragma once

#include "index/key_ring_handle.hpp"
#include "store/users_json/audit_file.hpp"
#include "store/users_json/document.hpp"
#include "warder/store.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace warder::store {

/// A transaction on users.json. Works on its own copy of the document, which is discarded unless `take` is called.
class UsersJsonTransaction final : public authority::Transaction {
  public:
    /// @param keys  used to find the key that signed a token without a key id; null if such tokens belong to no key.
    /// @param audit  the audit log that belongs to `version` of the file. `purge_audit` changes it immediately, so only
    /// the holder of the lock may call that.
    UsersJsonTransaction(UsersDocument document, index::KeyRingHandle const* keys, AuditFile& audit, FileVersion version)
        : document_{std::move(document)}, keys_{keys}, audit_{&audit}, version_{std::move(version)} {}

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

    /// Returns whether an operation failed, even if the caller ignored the error. Then nothing of the transaction may
    /// be kept.
    [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }
    [[nodiscard]] UsersDocument take() && { return std::move(document_); }
    [[nodiscard]] std::vector<authority::AuditEvent> const& events() const noexcept { return events_; }

  private:
    using Predicate = std::function<bool(TokenEntry const&)>;

    void change_user(UserId id, std::function<void(UserEntry&)> const& change);
    void change_token(TokenKey const& key, std::function<void(TokenEntry&)> const& change);
    /// Deletes the first `most` tokens that match. @return the number of tokens deleted.
    std::int64_t delete_tokens(Predicate const& is_deleted, std::int64_t most);
    [[nodiscard]] bool is_signed_by(TokenEntry const& entry, std::string_view key_id) const;
    [[nodiscard]] bool has_key(std::string_view key) const;
    [[nodiscard]] std::string free_specter_id(std::string_view name) const;
    std::unexpected<authority::Error> fail(authority::Error error);

    UsersDocument document_;
    index::KeyRingHandle const* keys_;
    AuditFile* audit_;
    FileVersion version_;
    std::vector<authority::AuditEvent> events_;
    bool has_failed_ = false;
};

}  // namespace warder::store
