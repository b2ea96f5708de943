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
class UsersJsonTransaction final : private authority::UserStore, private authority::TokenStore, private authority::AuditLog {
  public:
    /// @param keys  used to find the key that signed a token without a key id; null if such tokens belong to no key.
    /// @param audit  the audit log that belongs to `version` of the file. purging changes it immediately, so only
    /// the holder of the lock may call that.
    UsersJsonTransaction(UsersDocument document, index::KeyRingHandle const* keys, AuditFile& audit, FileVersion version)
        : document_{std::move(document)}, keys_{keys}, audit_{&audit}, version_{std::move(version)} {}

    /// Returns the ports, which are valid as long as this object.
    [[nodiscard]] authority::Transaction ports() noexcept { return {.users = this, .tokens = this, .audit = this}; }
    /// Returns whether an operation failed, even if the caller ignored the error. Then nothing of the transaction may
    /// be kept.
    [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }
    [[nodiscard]] UsersDocument take() && { return std::move(document_); }
    [[nodiscard]] std::vector<authority::AuditEvent> const& events() const noexcept { return events_; }

  private:
    template <class T>
    using Result = authority::Result<T>;
    using Predicate = std::function<bool(TokenEntry const&)>;

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
    Result<std::optional<std::string>> find_text(TokenKey const& key) const override;
    Result<std::int64_t> count_live(std::string_view key_id, Instant now) const override;
    Result<Instant> latest_time() const override;
    Result<void> insert(TokenRecord const& token, std::string_view text) override;
    Result<void> update(TokenRecord const& token) override;
    Result<void> add_uses(authority::CountedUses const& uses) override;
    Result<void> erase(TokenKey const& key) override;
    Result<std::int64_t> erase_signed_by(std::string_view key_id) override;
    Result<std::int64_t> erase_all(UserId owner) override;
    Result<std::int64_t> purge(Instant expired_before, Instant now, std::uint32_t limit) override;

    Result<std::vector<authority::AuditRecord>> list(authority::AuditQuery const& query) const override;
    Result<void> append(authority::AuditEvent const& event) override;
    Result<std::int64_t> purge(Instant before, std::uint32_t limit) override;

    void change_user(UserId id, std::function<void(UserEntry&)> const& change);
    /// Deletes the first `most` tokens that match. @return the number of tokens deleted.
    std::int64_t erase_tokens(Predicate const& is_deleted, std::int64_t most);
    [[nodiscard]] bool is_signed_by(TokenEntry const& entry, std::string_view key_id) const;
    [[nodiscard]] bool has_key(std::string_view key) const;
    [[nodiscard]] std::string free_specter_id(std::string_view name) const;
    std::unexpected<authority::Error> fail(authority::Error error) const;

    UsersDocument document_;
    index::KeyRingHandle const* keys_;
    AuditFile* audit_;
    FileVersion version_;
    std::vector<authority::AuditEvent> events_;
    mutable bool has_failed_ = false;
};

}  // namespace warder::store
