// SPDX-License-Identifier: MIT
#pragma once

#include "index/user_directory.hpp"
#include "warder/store.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace warder::authority {

template <class T = void>
[[nodiscard]] Result<T> unused() {
    return std::unexpected{Error::kStoreUnavailable};
}

/// The part of a store that is needed to change one user's hash. Updates the directory as the change listener would.
class OneUserStore final : public Store, private Transaction {
  public:
    explicit OneUserStore(index::UserDirectory& directory) : directory_{&directory} {}

    UserRecord alice;
    std::vector<AuditEvent> events;
    bool is_full = false;
    int writes = 0;  ///< Of the hash, including failed ones.

    Result<void> attach(ChangeListener&) override { return {}; }
    void write(Work work, Done<void> done) override {
        auto const before = std::pair{alice, events};
        auto const writes_before = writes;
        auto result = work(*this);
        if (is_full) {
            std::tie(alice, events) = before;
            return done(std::unexpected{Error::kStoreFull});
        }
        if (writes != writes_before) directory_->put(alice);
        done(result);
    }
    void read(Query, Done<void> done) override { done(unused()); }
    void refresh(Done<void> done) override { done(unused()); }

  private:
    Result<std::optional<UserRecord>> user(UserId id) override { return id == alice.id ? std::optional{alice} : std::nullopt; }
    Result<void> set_password_hash(UserId, std::string_view hash) override {
        ++writes;
        alice.password_hash = hash;
        return {};
    }
    Result<std::optional<UserRecord>> user_named(std::string_view) override { return unused<std::optional<UserRecord>>(); }
    Result<std::vector<UserRecord>> users() override { return unused<std::vector<UserRecord>>(); }
    Result<std::int64_t> count_admins() override { return unused<std::int64_t>(); }
    Result<std::optional<TokenRecord>> token(TokenKey const&) override { return unused<std::optional<TokenRecord>>(); }
    Result<std::optional<TokenRecord>> find_token(TokenId const&) override { return unused<std::optional<TokenRecord>>(); }
    Result<std::vector<TokenRecord>> tokens(TokenQuery const&) override { return unused<std::vector<TokenRecord>>(); }
    Result<std::vector<TokenRecord>> live_tokens_described(UserId, std::string_view, Instant) override { return unused<std::vector<TokenRecord>>(); }
    Result<std::int64_t> count_live_signed_by(std::string_view, Instant) override { return unused<std::int64_t>(); }
    Result<UserId> insert_user(UserRecord const&) override { return unused<UserId>(); }
    Result<void> set_admin(UserId, bool) override { return unused(); }
    Result<void> set_ceiling(UserId, Grants const&) override { return unused(); }
    Result<void> delete_user(UserId) override { return unused(); }
    Result<void> insert_token(TokenRecord const&, std::string_view) override { return unused(); }
    Result<void> set_description(TokenKey const&, std::string_view) override { return unused(); }
    Result<void> set_endpoints(TokenKey const&, Grants const&) override { return unused(); }
    Result<void> set_succession(TokenKey const&, TokenRecord::Succession const&) override { return unused(); }
    Result<void> add_uses(CountedUses const&) override { return unused(); }
    Result<void> delete_token(TokenKey const&) override { return unused(); }
    Result<std::int64_t> delete_signed_by(std::string_view) override { return unused<std::int64_t>(); }
    Result<std::int64_t> purge(Instant, Instant, std::uint32_t) override { return unused<std::int64_t>(); }
    Result<Instant> latest_time() override { return unused<Instant>(); }
    Result<std::vector<AuditRecord>> audit_events(AuditQuery const&) override { return unused<std::vector<AuditRecord>>(); }
    Result<void> add_audit_event(AuditEvent const& event) override {
        events.push_back(event);
        return {};
    }
    Result<std::int64_t> purge_audit(Instant, std::uint32_t) override { return unused<std::int64_t>(); }

    index::UserDirectory* directory_;
};

}  // namespace warder::authority
