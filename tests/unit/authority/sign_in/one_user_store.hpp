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
class OneUserStore final : public Store, private UserStore, private AuditLog {
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
        auto result = work(Transaction{.users = this, .tokens = nullptr, .audit = this});
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
    Result<std::optional<UserRecord>> find(UserId id) const override { return id == alice.id ? std::optional{alice} : std::nullopt; }
    Result<std::optional<UserRecord>> find(std::string_view) const override { return unused<std::optional<UserRecord>>(); }
    Result<std::vector<UserRecord>> list() const override { return unused<std::vector<UserRecord>>(); }
    Result<std::vector<UserRecord>> list(std::optional<UserId>, std::uint32_t) const override { return unused<std::vector<UserRecord>>(); }
    Result<UserId> insert(UserRecord const&) override { return unused<UserId>(); }
    Result<void> update(UserRecord const& user) override {
        ++writes;
        alice = user;
        return {};
    }
    Result<void> note_sign_in(UserId id, Instant at) override {
        if (id == alice.id) alice.last_sign_in_at = at;
        return {};
    }
    Result<void> erase(UserId) override { return unused(); }

    Result<std::vector<AuditRecord>> list(AuditQuery const&) const override { return unused<std::vector<AuditRecord>>(); }
    Result<void> append(AuditEvent const& event) override {
        events.push_back(event);
        return {};
    }
    Result<std::int64_t> purge(Instant, std::uint32_t) override { return unused<std::int64_t>(); }

    index::UserDirectory* directory_;
};

}  // namespace warder::authority
