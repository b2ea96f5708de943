// SPDX-License-Identifier: MIT
#pragma once

#include "fakes.hpp"
#include "warder/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Requirements for every store, whatever it keeps its content in. A store's own test instantiates the suite:
/// `INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(Candidate{…}))`.
namespace warder::tests {

/// The location of a store's content, which is removed with this object. Opening it again simulates a restart or, while
/// the first store is open, another process.
class TestLocation {
  public:
    virtual ~TestLocation() = default;
    virtual std::unique_ptr<authority::Store> open() = 0;
    /// Opens it with `OpenMode::kReadOnly`.
    virtual std::unique_ptr<authority::Store> open_read_only() = 0;
};

authority::Result<void> write(authority::Store& store, authority::Store::Work work);

struct Candidate {
    std::string name;
    std::function<std::unique_ptr<TestLocation>()> make;
};

/// Returns a stored hash of the one kind that every store keeps, and that the change recorder shortens to this word.
[[nodiscard]] inline std::string hash_of(std::string_view word) { return std::string{"$specter-pbkdf2$c2FsdA==$"}.append(word); }

class StoreConformance : public testing::TestWithParam<Candidate> {
  protected:
    StoreConformance() : location_{GetParam().make()}, store_{location_->open()} {}

    TokenRecord token(UserId owner, std::string description = "ci", Seconds lifetime = std::chrono::minutes{10});
    [[nodiscard]] Instant now() const { return std::chrono::floor<std::chrono::seconds>(clock_.now()); }
    UserId add_user(std::string_view name, bool is_admin = false);
    TokenRecord add_token(UserId owner, std::string description = "ci", Seconds lifetime = std::chrono::minutes{10});
    authority::Result<std::vector<std::string>> list(authority::TokenQuery query);
    void reopen();
    /// Deletes at most one token that expired before this time. @return how many were deleted.
    std::int64_t purge_one(std::chrono::seconds ago);
    /// Returns an event by alice at the current time; events differ only in their target.
    [[nodiscard]] authority::AuditEvent event(std::string target) const {
        return {.time = now(), .actor = "alice", .address = "192.0.2.1", .action = "token.created", .target = std::move(target)};
    }
    authority::Result<void> add_event(std::string const& target) {
        return tests::write(*store_, [&](authority::Transaction const& t) { return t.audit->append(event(target)); });
    }
    /// Returns the targets of the events, newest first.
    std::vector<std::string> events(authority::AuditQuery const& query = {});

    ManualClock clock_;
    CountingRandom random_;
    std::unique_ptr<TestLocation> location_;
    std::unique_ptr<authority::Store> store_;
};

/// For stores that keep the tokens themselves.
class TextConformance : public StoreConformance {};

/// For stores that keep ceilings.
class CeilingConformance : public StoreConformance {};

/// For stores that keep both tokens of a renewal during its overlap.
class OverlapConformance : public StoreConformance {};

/// For stores that keep the sessions of the web UI.
class SessionConformance : public StoreConformance {
  protected:
    /// Adds a session that began at the current time.
    Digest add_session(UserId user, std::string_view name, std::string_view hash = hash_of("hash"));
    /// Returns the names of those of the sessions that exist.
    std::vector<std::string> existing(std::vector<std::string> const& names);
    [[nodiscard]] authority::SessionTime session_now() const { return std::chrono::floor<std::chrono::milliseconds>(clock_.now()); }
};

/// For stores that keep how often tokens were used.
class UsesConformance : public StoreConformance {
  protected:
    TokenUsage usage_of(TokenKey const& key);
};

using Words = std::vector<std::string>;

/// Records each change as one word, and how often it was called.
class ChangeRecorder final : public authority::ChangeListener {
  public:
    void on_changes(std::span<authority::Change const> changes) override;
    /// Returns the words recorded since the last call.
    Words take();
    [[nodiscard]] int calls() const { return calls_; }

  private:
    Words words_;
    int calls_ = 0;
};

/// Blocks the writing thread in one request until released, so that later requests are queued.
class Hold {
  public:
    explicit Hold(authority::Store& store);
    void release();

  private:
    std::promise<void> release_;
    std::promise<void> done_;
};

/// Returns the text of a token with the content of the record and a signature that no key made.
[[nodiscard]] std::string text_of(TokenRecord const& token);
authority::Result<void> insert(authority::Transaction const& transaction, TokenRecord const& token);

/// Changes one record, as use cases do: reads it, changes it, and writes it. A record that doesn't exist is written with
/// what the change sets.
template <class Change>
authority::Result<void> change(authority::Transaction const& t, UserId id, Change set) {
    auto user = t.users->find(id).value().value_or(UserRecord{});
    user.id = id;
    set(user);
    return t.users->update(user);
}
template <class Change>
authority::Result<void> change(authority::Transaction const& t, TokenKey const& key, Change set) {
    auto token = t.tokens->find(key).value().value_or(TokenRecord{});
    token.id = key.id;
    token.owner = key.owner;
    set(token);
    return t.tokens->update(token);
}
inline authority::Result<void> set_admin(authority::Transaction const& t, UserId id, bool is_admin) {
    return change(t, id, [&](UserRecord& user) { user.is_admin = is_admin; });
}
inline authority::Result<void> set_ceiling(authority::Transaction const& t, UserId id, Grants const& ceiling) {
    return change(t, id, [&](UserRecord& user) { user.ceiling = ceiling; });
}
inline authority::Result<void> set_password_hash(authority::Transaction const& t, UserId id, std::string const& hash) {
    return change(t, id, [&](UserRecord& user) { user.password_hash = hash; });
}
inline authority::Result<void> set_description(authority::Transaction const& t, TokenKey const& key, std::string const& description) {
    return change(t, key, [&](TokenRecord& token) { token.description = description, token.is_edited = true; });
}
inline authority::Result<void> set_endpoints(authority::Transaction const& t, TokenKey const& key, Grants const& endpoints) {
    return change(t, key, [&](TokenRecord& token) { token.policy.endpoints = endpoints; });
}
inline authority::Result<void> set_succession(authority::Transaction const& t, TokenKey const& key, TokenRecord::Succession const& succession) {
    return change(t, key, [&](TokenRecord& token) { token.succession = succession; });
}
[[nodiscard]] inline std::ptrdiff_t count_admins(authority::Snapshot const& s) {
    auto const users = s.users->list().value();
    return std::ranges::count_if(users, &UserRecord::is_admin);
}

// The requests of a store; each waits for its completion.
authority::Result<void> write(authority::Store& store, authority::Store::Work work);
authority::Result<void> read(authority::Store& store, authority::Store::Query query);
authority::Result<void> refresh(authority::Store& store);

}  // namespace warder::tests
