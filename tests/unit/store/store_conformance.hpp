// SPDX-License-Identifier: MIT
#pragma once

#include "fakes.hpp"
#include "warder/store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What every store must do, whatever it keeps its content in. A store's own test instantiates the suite:
/// `INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(Candidate{…}))`.
namespace warder::tests {

/// A place where a store's content lies, gone with this object. Opening it again is a restart, or, while the first is open, another process.
class Place {
  public:
    virtual ~Place() = default;
    virtual std::unique_ptr<authority::Store> open() = 0;
};

authority::Result<void> write(authority::Store& store, authority::Store::Work work);

struct Candidate {
    std::string name;
    std::function<std::unique_ptr<Place>()> make;
};

class StoreConformance : public testing::TestWithParam<Candidate> {
  protected:
    StoreConformance() : place_{GetParam().make()}, store_{place_->open()} {}

    TokenRecord token(UserId owner, std::string description = "ci", Seconds life = std::chrono::minutes{10});
    [[nodiscard]] Instant now() const { return std::chrono::floor<std::chrono::seconds>(clock_.now()); }
    UserId add_user(std::string_view name, bool is_admin = false);
    TokenRecord add_token(UserId owner, std::string description = "ci", Seconds life = std::chrono::minutes{10});
    authority::Result<std::vector<std::string>> list(authority::TokenQuery query);
    void reopen();
    /// An event by alice, at this time; of the target alone it is told apart.
    [[nodiscard]] authority::AuditEvent event(std::string target) const {
        return {.time = now(), .actor = "alice", .address = "192.0.2.1", .action = "token.created", .target = std::move(target)};
    }
    authority::Result<void> add_event(std::string const& target) {
        return tests::write(*store_, [&](authority::Transaction& t) { return t.add_audit_event(event(target)); });
    }
    /// The targets, newest first.
    std::vector<std::string> events(authority::AuditQuery const& query = {});

    ManualClock clock_;
    CountingRandom random_;
    std::unique_ptr<Place> place_;
    std::unique_ptr<authority::Store> store_;
};

/// For stores that keep ceilings.
class CeilingConformance : public StoreConformance {};

/// For stores that keep two tokens of a renewal for a while.
class OverlapConformance : public StoreConformance {};

/// For stores that keep how often tokens were used.
class UsesConformance : public StoreConformance {
  protected:
    TokenUsage usage_of(TokenKey const& key);
};

/// A stored hash, of the one kind that every store keeps, that reads as this word.
[[nodiscard]] inline std::string hash_of(std::string_view word) { return std::string{"$specter-pbkdf2$c2FsdA==$"}.append(word); }

using Words = std::vector<std::string>;

/// Keeps what it hears, as one word a change, and how often it was called.
class Notes final : public authority::ChangeListener {
  public:
    void on_changes(std::span<authority::Change const> changes) override;
    /// What came since the last time.
    Words take();
    [[nodiscard]] int calls() const { return calls_; }

  private:
    Words heard_;
    int calls_ = 0;
};

/// Keeps the writing thread inside one request until released, so that what comes next queues up.
class Hold {
  public:
    explicit Hold(authority::Store& store);
    void release();

  private:
    std::promise<void> release_;
    std::promise<void> done_;
};

/// A token that reads as the record says, with a signature of nobody's.
[[nodiscard]] std::string text_of(TokenRecord const& token);
authority::Result<void> insert(authority::Transaction& transaction, TokenRecord const& token);

// The calls, waited for.
authority::Result<void> write(authority::Store& store, authority::Store::Work work);
authority::Result<void> read(authority::Store& store, authority::Store::Query query);
authority::Result<void> refresh(authority::Store& store);

}  // namespace warder::tests
