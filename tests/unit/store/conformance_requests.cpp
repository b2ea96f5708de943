// SPDX-License-Identifier: MIT
// What every store must do: many requests at a time, and the end.
#include "store/store_conformance.hpp"

#include <atomic>
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
                if (auto inserted = insert(t, token(alice, std::to_string(i))); !inserted || i != 7) return inserted;
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
    store_->write([&](Transaction& t) { return insert(t, token(nobody, "nobody's")); },
                  [&](Result<void> result) { refused.set_value(std::move(result)); });
    store_->write([&](Transaction& t) { return insert(t, token(alice, "kept")); }, [&](Result<void> result) { kept.set_value(std::move(result)); });
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
        store_->write([&, i](Transaction& t) { return insert(t, token(alice, std::to_string(i))); }, [&](Result<void>) { ++answered; });
        store_->read([](Snapshot&) -> Result<void> { return {}; }, [&](Result<void>) { ++answered; });
    }
    store_.reset();
    EXPECT_EQ(answered, 200);
}

TEST_P(StoreConformance, ARequestWhileItEndsIsToldThatTheStoreIsGone) {
    // From the writing thread, which the store's end waits for: until it has begun, reading is answered.
    auto& store = *store_;
    std::optional<Error> reading;
    std::optional<Error> writing;
    Hold hold{store};
    store.write([](Transaction&) -> Result<void> { return {}; },
                [&](Result<void>) {
                    while (!reading)
                        if (auto const answer = read(store, [](Snapshot&) -> Result<void> { return {}; }); !answer) reading = answer.error();
                    store.write([](Transaction&) -> Result<void> { return {}; },
                                [&](Result<void> answer) { writing = answer ? Error::kBusy : answer.error(); });
                });
    hold.release();
    store_.reset();
    EXPECT_EQ(reading, Error::kStoreUnavailable);
    EXPECT_EQ(writing, Error::kStoreUnavailable);
}

}  // namespace warder::tests
