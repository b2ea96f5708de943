// SPDX-License-Identifier: MIT
// Requirements for every store: concurrent requests, and shutting down.
#include "store/store_conformance.hpp"

#include <atomic>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace warder::tests {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

TEST_P(StoreConformance, FailedRequestDoesNotAffectOthersInTheSameCommit) {
    auto const alice = add_user("alice");
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    recorder.take();
    Hold hold{*store_};
    std::vector<std::promise<Result<void>>> answers(50);
    for (std::size_t i = 0; i < answers.size(); ++i)
        store_->write(
            [&, i](Transaction const& t) -> Result<void> {
                if (auto inserted = insert(t, token(alice, std::to_string(i))); !inserted || i != 7) return inserted;
                return std::unexpected{Error::kTooManyTokens};
            },
            [&answer = answers[i]](Result<void> result) { answer.set_value(std::move(result)); });
    hold.release();
    for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i].get_future().get().has_value(), i != 7);
    EXPECT_EQ(recorder.calls(), 1);
    EXPECT_EQ(recorder.take().size(), 49U);
    store_.reset();
}

TEST_P(StoreConformance, TokenOfAnUnknownUserDoesNotAffectOthersInTheSameCommit) {
    auto const alice = add_user("alice");
    auto const unknown_user = UserId{static_cast<std::int64_t>(alice) + 1000};
    Hold hold{*store_};
    std::promise<Result<void>> refused;
    std::promise<Result<void>> kept;
    store_->write([&](Transaction const& t) { return insert(t, token(unknown_user, "nobody's")); },
                  [&](Result<void> result) { refused.set_value(std::move(result)); });
    store_->write([&](Transaction const& t) { return insert(t, token(alice, "kept")); },
                  [&](Result<void> result) { kept.set_value(std::move(result)); });
    hold.release();
    EXPECT_FALSE(refused.get_future().get());
    EXPECT_TRUE(kept.get_future().get());
    EXPECT_EQ(list({}).value(), Words{"kept"});
}

TEST_P(StoreConformance, LaterRequestOfTheSameCommitSeesWhatAnEarlierOneChanged) {
    auto const alice = add_user("alice");
    auto const mine = token(alice, "mine");
    auto const count = [&](Transaction const& t) { return t.users->find(alice).value().value().token_count; };
    Hold hold{*store_};
    std::vector<std::function<void(Transaction const&)>> const requests{
        [&](Transaction const& t) {
            EXPECT_EQ(count(t), 0);
            EXPECT_TRUE(insert(t, mine));
            EXPECT_TRUE(insert(t, token(alice, "other")));
        },
        [&](Transaction const& t) {
            EXPECT_EQ(count(t), 2);
            EXPECT_EQ(t.users->find("Alice").value().value().token_count, 2);
            auto const found = t.tokens->list_live(alice, "mine", mine.issued_at).value();
            ASSERT_EQ(found.size(), 1U);
            EXPECT_EQ(found.front().id, mine.id);
            EXPECT_TRUE(t.tokens->list_live(alice, "mine", mine.expires_at).value().empty());
        },
        [&](Transaction const& t) {
            auto changed = t.tokens->find(mine.key()).value().value();
            EXPECT_EQ(changed.digest, mine.digest);
            changed.description = "renamed";
            EXPECT_TRUE(t.tokens->update(changed));
            EXPECT_TRUE(insert(t, token(alice, "third")));
        },
        [&](Transaction const& t) {
            EXPECT_TRUE(t.tokens->list_live(alice, "mine", mine.issued_at).value().empty());
            EXPECT_EQ(t.tokens->list({.owner = alice, .after = {}, .limit = {}, .now = mine.issued_at}).value().size(), 3U);
            EXPECT_TRUE(t.tokens->erase(mine.key()));
            EXPECT_EQ(count(t), 2);
        },
        [&](Transaction const& t) {
            auto user = t.users->find(alice).value().value();
            user.is_admin = true;
            EXPECT_TRUE(t.users->update(user));
            EXPECT_TRUE(t.users->find("alice").value().value().is_admin);
        },
        [&](Transaction const& t) {
            EXPECT_TRUE(t.users->erase(alice));
            EXPECT_FALSE(t.users->find(alice).value());
            EXPECT_FALSE(t.users->find("alice").value());
        }};
    std::vector<std::promise<Result<void>>> answers(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i)
        store_->write(
            [&, i](Transaction const& t) -> Result<void> {
                requests[i](t);
                return {};
            },
            [&answer = answers[i]](Result<void> result) { answer.set_value(std::move(result)); });
    hold.release();
    for (auto& answer : answers) EXPECT_TRUE(answer.get_future().get());
    EXPECT_TRUE(list({}).value().empty());
}

TEST_P(StoreConformance, ReturnsBusyImmediatelyWhenTheQueueIsFull) {
    Hold hold{*store_};
    std::optional<Error> error;
    int queued = 0;
    for (; !error && queued < 100'000; ++queued) {
        // A refused request completes before `write` returns, on this thread; the others complete later, on another
        // thread.
        auto const here = std::this_thread::get_id();
        store_->write([](Transaction const&) -> Result<void> { return {}; },
                      [&error, here](Result<void> result) {
                          if (std::this_thread::get_id() == here && !result) error = result.error();
                      });
    }
    EXPECT_EQ(error, Error::kBusy);
    hold.release();
    store_.reset();
}

TEST_P(StoreConformance, CompletesQueuedRequestsBeforeDestruction) {
    auto const alice = add_user("alice");
    std::atomic<int> answered = 0;
    for (int i = 0; i < 100; ++i) {
        store_->write([&, i](Transaction const& t) { return insert(t, token(alice, std::to_string(i))); }, [&](Result<void>) { ++answered; });
        store_->read([](Snapshot const&) -> Result<void> { return {}; }, [&](Result<void>) { ++answered; });
    }
    store_.reset();
    EXPECT_EQ(answered, 200);
}

TEST_P(StoreConformance, ReturnsStoreUnavailableForRequestsDuringDestruction) {
    // Runs on the writing thread, which the destructor waits for; reads succeed until destruction has begun.
    auto& store = *store_;
    std::optional<Error> reading;
    std::optional<Error> writing;
    Hold hold{store};
    store.write([](Transaction const&) -> Result<void> { return {}; },
                [&](Result<void>) {
                    while (!reading)
                        if (auto const answer = read(store, [](Snapshot const&) -> Result<void> { return {}; }); !answer) reading = answer.error();
                    store.write([](Transaction const&) -> Result<void> { return {}; },
                                [&](Result<void> answer) { writing = answer ? Error::kBusy : answer.error(); });
                });
    hold.release();
    store_.reset();
    EXPECT_EQ(reading, Error::kStoreUnavailable);
    EXPECT_EQ(writing, Error::kStoreUnavailable);
}

}  // namespace warder::tests
