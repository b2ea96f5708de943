// SPDX-License-Identifier: MIT
#include "store_conformance.hpp"

#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace warder::tests {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Store;
using authority::TokenQuery;
using authority::Transaction;
using Words = std::vector<std::string>;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreConformance);

namespace {

template <class Start>
Result<void> wait_for(Start start) {
    std::promise<Result<void>> promise;
    auto outcome = promise.get_future();
    start([&promise](Result<void> result) { promise.set_value(std::move(result)); });
    return outcome.get();
}

/// Keeps what it hears, as one word a change, and how often it was called.
class Notes final : public authority::Listener {
  public:
    void on_changes(std::span<authority::Change const> changes) override {
        ++calls_;
        for (auto const& change : changes) heard_.push_back(std::visit([](auto const& one) { return word(one); }, change));
    }
    Words take() {
        calls_ = 0;
        return std::exchange(heard_, {});
    }
    [[nodiscard]] int calls() const { return calls_; }

  private:
    static std::string word(authority::TokenPut const& put) { return put.token.is_edited ? "edited" : "token"; }
    static std::string word(authority::TokenGone const&) { return "token gone"; }
    static std::string word(authority::UserPut const& put) { return "user " + put.user.name + (put.user.is_admin ? " (admin) " : " ") + put.user.password_hash; }
    static std::string word(authority::UserGone const&) { return "user gone"; }
    static std::string word(authority::StartOver const&) { return "start over"; }

    Words heard_;
    int calls_ = 0;
};

/// Keeps the writing thread inside one request until released, so that what comes next queues up.
class Hold {
  public:
    explicit Hold(Store& store) {
        std::promise<void> started;
        store.write(
            [&started, released = release_.get_future().share()](Transaction&) -> Result<void> {
                started.set_value();
                released.wait();
                return {};
            },
            [this](Result<void>) { done_.set_value(); });
        started.get_future().wait();
    }
    void release() {
        release_.set_value();
        done_.get_future().wait();
    }

  private:
    std::promise<void> release_;
    std::promise<void> done_;
};

}  // namespace

Result<void> write(Store& store, Store::Work work) {
    return wait_for([&](authority::Done<void> done) { store.write(std::move(work), std::move(done)); });
}
Result<void> read(Store& store, Store::Query query) {
    return wait_for([&](authority::Done<void> done) { store.read(std::move(query), std::move(done)); });
}
Result<void> refresh(Store& store) {
    return wait_for([&](authority::Done<void> done) { store.refresh(std::move(done)); });
}

TokenRecord StoreConformance::token(UserId owner, std::string description, Seconds life) {
    TokenRecord record;
    record.id = TokenId::make(random_);
    record.owner = owner;
    record.description = std::move(description);
    record.life = life;
    record.issued_at = now();
    record.expires_at = now() + std::chrono::duration_cast<std::chrono::seconds>(life);
    record.digest = {1, 2, 3};
    record.key_id = "key-1";
    return record;
}

UserId StoreConformance::add_user(std::string_view name, bool is_admin) {
    UserId id{};
    auto const added = write(*store_, [&](Transaction& t) -> Result<void> {
        auto const made = t.insert_user(name, "hash", is_admin, now());
        if (!made) return std::unexpected{made.error()};
        id = *made;
        return {};
    });
    EXPECT_TRUE(added);
    return id;
}

TokenRecord StoreConformance::add_token(UserId owner, std::string description, Seconds life) {
    auto record = token(owner, std::move(description), life);
    EXPECT_TRUE(write(*store_, [&](Transaction& t) { return t.insert_token(record); }));
    return record;
}

Result<Words> StoreConformance::list(TokenQuery query) {
    Words words;
    query.now = now();
    auto const listed = read(*store_, [&](Snapshot& s) -> Result<void> {
        auto const tokens = s.tokens(query);
        if (!tokens) return std::unexpected{tokens.error()};
        for (auto const& one : *tokens) words.push_back(one.description);
        return {};
    });
    if (!listed) return std::unexpected{listed.error()};
    return words;
}

void StoreConformance::reopen() {
    store_.reset();
    store_ = place_->open();
}

TEST_P(StoreConformance, KeepsUsersAcrossARestart) {
    auto const alice = add_user("Alice", true);
    add_token(alice);
    reopen();
    ASSERT_TRUE(read(*store_, [&](Snapshot& s) -> Result<void> {
        auto const found = s.user_named("aLiCE").value();
        EXPECT_TRUE(found);
        if (!found) return {};
        EXPECT_EQ(found->id, alice);
        EXPECT_EQ(found->name, "Alice");
        EXPECT_EQ(found->password_hash, "hash");
        EXPECT_TRUE(found->is_admin);
        EXPECT_EQ(found->created_at, now());
        EXPECT_EQ(found->token_count, 1);
        EXPECT_FALSE(s.user_named("alic").value());
        return {};
    }));
}

TEST_P(StoreConformance, ChangesAndDeletesUsers) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob", true);
    auto const gone = add_token(bob);
    ASSERT_TRUE(write(*store_, [&](Transaction& t) -> Result<void> {
        EXPECT_TRUE(t.set_admin(alice, true));
        EXPECT_EQ(t.count_admins().value(), 2);
        EXPECT_TRUE(t.set_password_hash(alice, "other"));
        return t.delete_user(bob);
    }));
    ASSERT_TRUE(read(*store_, [&](Snapshot& s) -> Result<void> {
        auto const users = s.users().value();
        EXPECT_EQ(users.size(), 1U);
        EXPECT_EQ(users.front().password_hash, "other");
        EXPECT_EQ(s.count_admins().value(), 1);
        EXPECT_FALSE(s.user(bob).value());
        EXPECT_FALSE(s.token(gone.id).value());
        return {};
    }));
}

TEST_P(StoreConformance, ListsOldestFirstAndPageByPage) {
    auto const alice = add_user("alice");
    auto const bob = add_user("bob");
    auto const one = add_token(alice, "one");
    auto const two = add_token(bob, "two");
    auto const three = add_token(alice, "three");
    EXPECT_EQ(list({}).value(), (Words{"one", "two", "three"}));
    EXPECT_EQ(list({.owner = alice, .after = {}, .limit = {}}).value(), (Words{"one", "three"}));
    EXPECT_EQ(list({.owner = alice, .after = one.id, .limit = 5}).value(), Words{"three"});
    EXPECT_EQ(list({.owner = {}, .after = one.id, .limit = 1}).value(), Words{"two"});
    EXPECT_EQ(list({.owner = {}, .after = three.id, .limit = {}}).value(), Words{});

    for (auto const& stranger : {two.id, TokenId::make(random_)}) {
        auto const refused = list({.owner = alice, .after = stranger, .limit = {}});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), Error::kUnknownCursor);
    }
}

TEST_P(StoreConformance, LeavesARenewedTokenOutOnceItsOverlapHasEnded) {
    auto const alice = add_user("alice");
    auto const old = add_token(alice, "old");
    add_token(alice, "other");
    TokenRecord::Succession const succession{.ends_at = now() + std::chrono::seconds{60}, .successor = TokenId::make(random_)};
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.set_succession(old.id, succession); }));
    EXPECT_EQ(list({}).value(), (Words{"old", "other"}));

    clock_.advance(std::chrono::seconds{60});
    EXPECT_EQ(list({}).value(), Words{"other"});
    EXPECT_FALSE(list({.owner = {}, .after = old.id, .limit = {}}));
    clock_.advance(std::chrono::hours{1});
    EXPECT_EQ(list({}).value(), Words{"other"}) << "what has merely expired stays in the list";
}

TEST_P(StoreConformance, FindsLiveTokensByOwnerAndExactDescription) {
    auto const alice = add_user("alice");
    add_token(alice, "ci");
    add_token(alice, "CI");
    add_token(add_user("bob"), "ci");
    auto const count = [&] {
        std::size_t found = 0;
        EXPECT_TRUE(read(*store_, [&](Snapshot& s) -> Result<void> {
            found = s.live_tokens_described(alice, "ci", now()).value().size();
            return {};
        }));
        return found;
    };
    EXPECT_EQ(count(), 1U);
    clock_.advance(std::chrono::minutes{10});
    EXPECT_EQ(count(), 0U) << "a token has ended at its end, not a second later";
}

TEST_P(StoreConformance, CountsAndDeletesWhatAKeySigned) {
    auto const alice = add_user("alice");
    add_token(alice, "short", std::chrono::seconds{1});
    add_token(alice, "long");
    auto other = token(alice, "other");
    other.key_id = "key-2";
    clock_.advance(std::chrono::seconds{1});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) -> Result<void> {
        EXPECT_TRUE(t.insert_token(other));
        EXPECT_EQ(t.count_live_signed_by("key-1", now()).value(), 1);
        EXPECT_EQ(t.delete_signed_by("key-1").value(), 2);
        EXPECT_EQ(t.user(alice).value()->token_count, 1);
        return {};
    }));
    EXPECT_EQ(list({}).value(), Words{"other"});
}

TEST_P(StoreConformance, PurgesWhatExpiredLongAgoAndWhatWasReplaced) {
    auto const alice = add_user("alice");
    add_token(alice, "long ago", std::chrono::seconds{1});
    add_token(alice, "lately", std::chrono::seconds{50});
    auto const replaced = add_token(alice, "replaced", std::chrono::hours{9});
    auto const overlapping = add_token(alice, "overlapping", std::chrono::hours{9});
    add_token(alice, "live", std::chrono::hours{9});
    auto const ends = [&](int seconds) { return TokenRecord::Succession{.ends_at = now() + std::chrono::seconds{seconds}, .successor = TokenId::make(random_)}; };
    ASSERT_TRUE(write(*store_, [&](Transaction& t) -> Result<void> {
        EXPECT_TRUE(t.set_succession(replaced.id, ends(100)));
        return t.set_succession(overlapping.id, ends(101));
    }));
    clock_.advance(std::chrono::seconds{100});
    std::vector<std::int64_t> purged;
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(write(*store_, [&](Transaction& t) -> Result<void> {
            purged.push_back(t.purge(now() - std::chrono::seconds{90}, now(), 1).value());
            return {};
        }));
    EXPECT_EQ(purged, (std::vector<std::int64_t>{1, 1, 0}));
    EXPECT_EQ(list({}).value(), (Words{"lately", "overlapping", "live"}));
}

TEST_P(StoreConformance, WritesThatNameNothingChangeNothing) {
    auto const alice = add_user("alice");
    add_token(alice, "ci");
    auto const nobody = UserId{static_cast<std::int64_t>(alice) + 1000};
    auto const nothing = TokenId::make(random_);
    ASSERT_TRUE(write(*store_, [&](Transaction& t) -> Result<void> {
        EXPECT_TRUE(t.set_admin(nobody, true));
        EXPECT_TRUE(t.set_password_hash(nobody, "x"));
        EXPECT_TRUE(t.delete_user(nobody));
        EXPECT_TRUE(t.set_description(nothing, "x"));
        EXPECT_TRUE(t.set_succession(nothing, {.ends_at = now(), .successor = nothing}));
        return t.delete_token(nothing);
    }));
    EXPECT_EQ(list({}).value(), Words{"ci"});
    ASSERT_TRUE(read(*store_, [&](Snapshot& s) -> Result<void> {
        EXPECT_EQ(s.users().value().size(), 1U);
        EXPECT_EQ(s.user(alice).value()->token_count, 1);
        return {};
    }));
}

TEST_P(StoreConformance, TellsTheWholeContentUsersFirst) {
    auto const alice = add_user("alice", true);
    add_token(alice);
    add_user("bob");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    EXPECT_EQ(notes.take(), (Words{"start over", "user alice (admin) hash", "user bob hash", "token"}));
    store_.reset();
}

TEST_P(StoreConformance, TellsEachChangeBeforeItIsAcknowledged) {
    auto const alice = add_user("alice");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    notes.take();
    auto const record = add_token(alice);
    EXPECT_EQ(notes.take(), Words{"token"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.set_description(record.id, "other"); }));
    EXPECT_EQ(notes.take(), Words{"edited"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.set_password_hash(alice, "new"); }));
    EXPECT_EQ(notes.take(), Words{"user alice new"});
    ASSERT_TRUE(write(*store_, [&](Transaction& t) { return t.delete_user(alice); }));
    EXPECT_EQ(notes.take(), Words{"user gone"});
    store_.reset();
}

TEST_P(StoreConformance, TellsNothingOfWhatFailed) {
    auto const alice = add_user("alice");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    notes.take();
    auto const refused = write(*store_, [&](Transaction& t) -> Result<void> {
        EXPECT_TRUE(t.insert_token(token(alice, "undone")));
        EXPECT_TRUE(t.set_admin(alice, true));
        return std::unexpected{Error::kTooManyTokens};
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Error::kTooManyTokens);
    EXPECT_EQ(notes.take(), Words{});
    EXPECT_EQ(list({}).value(), Words{});
    store_.reset();
}

TEST_P(StoreConformance, HearsOfAnotherProcessAtARefresh) {
    auto const alice = add_user("alice");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    notes.take();
    auto const other = place_->open();
    auto const record = token(alice);
    ASSERT_TRUE(write(*other, [&](Transaction& t) { return t.insert_token(record); }));
    ASSERT_TRUE(write(*other, [&](Transaction& t) { return t.set_admin(alice, true); }));
    ASSERT_TRUE(refresh(*store_));
    EXPECT_EQ(notes.take(), (Words{"token", "user alice (admin) hash"}));
    store_.reset();
}

TEST_P(StoreConformance, RequestsThatWaitShareACommitAndOneErrorHarmsNoOther) {
    auto const alice = add_user("alice");
    Notes notes;
    ASSERT_TRUE(store_->attach(notes));
    notes.take();
    Hold hold{*store_};
    std::vector<std::promise<Result<void>>> answers(50);
    for (std::size_t i = 0; i < answers.size(); ++i)
        store_->write(
            [&, i](Transaction& t) -> Result<void> {
                if (auto inserted = t.insert_token(token(alice, std::to_string(i))); !inserted || i != 7) return inserted;
                return std::unexpected{Error::kTooManyTokens};
            },
            [&answer = answers[i]](Result<void> result) { answer.set_value(std::move(result)); });
    hold.release();
    for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i].get_future().get().has_value(), i != 7);
    EXPECT_EQ(notes.calls(), 1);
    EXPECT_EQ(notes.take().size(), 49U);
    store_.reset();
}

TEST_P(StoreConformance, ATokenOfNobodyHarmsNoOtherRequestOfItsCommit) {
    auto const alice = add_user("alice");
    auto const nobody = UserId{static_cast<std::int64_t>(alice) + 1000};
    Hold hold{*store_};
    std::promise<Result<void>> refused;
    std::promise<Result<void>> kept;
    store_->write([&](Transaction& t) { return t.insert_token(token(nobody, "nobody's")); }, [&](Result<void> result) { refused.set_value(std::move(result)); });
    store_->write([&](Transaction& t) { return t.insert_token(token(alice, "kept")); }, [&](Result<void> result) { kept.set_value(std::move(result)); });
    hold.release();
    EXPECT_FALSE(refused.get_future().get());
    EXPECT_TRUE(kept.get_future().get());
    EXPECT_EQ(list({}).value(), Words{"kept"});
}

TEST_P(StoreConformance, AFullQueueRefusesAtOnce) {
    Hold hold{*store_};
    std::optional<Error> refusal;
    int queued = 0;
    for (; !refusal && queued < 100'000; ++queued) {
        // The refusal comes before `write` returns, on this thread; acceptances are answered later, on another.
        auto const here = std::this_thread::get_id();
        store_->write([](Transaction&) -> Result<void> { return {}; },
                      [&refusal, here](Result<void> result) {
                          if (std::this_thread::get_id() == here && !result) refusal = result.error();
                      });
    }
    EXPECT_EQ(refusal, Error::kBusy);
    hold.release();
    store_.reset();
}

TEST_P(StoreConformance, AnswersEverythingQueuedBeforeItIsGone) {
    auto const alice = add_user("alice");
    std::atomic<int> answered = 0;
    for (int i = 0; i < 100; ++i) {
        store_->write([&, i](Transaction& t) { return t.insert_token(token(alice, std::to_string(i))); }, [&](Result<void>) { ++answered; });
        store_->read([](Snapshot&) -> Result<void> { return {}; }, [&](Result<void>) { ++answered; });
    }
    store_.reset();
    EXPECT_EQ(answered, 200);
}

}  // namespace warder::tests
