// SPDX-License-Identifier: MIT
// Memory runs out at each allocation that a change makes, one after another: the change is made completely or not at
// all, and the store keeps working.
#include "index/token_index.hpp"
#include "store/common/freed_memory.hpp"
#include "store/sqlite/location.hpp"
#include "store/store_conformance.hpp"
#include "store/users_json/location.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>

namespace warder::tests {
namespace {

using authority::Error;
using authority::Result;
using authority::Transaction;

class StoreWithoutMemory : public StoreConformance {
  protected:
    StoreWithoutMemory() { EXPECT_TRUE(store_->attach(index_)); }

    void refresh() {
        std::promise<Result<void>> refreshed;
        store_->refresh([&refreshed](Result<void> result) { refreshed.set_value(std::move(result)); });
        EXPECT_TRUE(refreshed.get_future().get());
    }
    bool is_in_store(TokenRecord const& token) {
        bool is_there = false;
        EXPECT_TRUE(read(*store_, [&](authority::Snapshot const& snapshot) -> Result<void> {
            auto const found = snapshot.tokens->find({.owner = token.owner, .id = token.id});
            is_there = found && *found;
            return found ? Result<void>{} : std::unexpected{found.error()};
        }));
        return is_there;
    }
    bool is_in_index(TokenRecord const& token) { return index_.registry().find(token.id).has_value(); }

    /// Tries the change with one more block each time, until it succeeds without an allocation failure.
    /// @param inserts  whether the change inserts the token or deletes it.
    /// @param make_token  returns the token for this number of blocks.
    template <class MakeToken, class Change>
    void try_until_memory_suffices(bool inserts, MakeToken make_token, Change change) {
        for (std::int64_t blocks = 0;; ++blocks) {
            SCOPED_TRACE(std::to_string(blocks) + " blocks");
            TokenRecord const subject = make_token(blocks);
            Result<void> outcome;
            bool has_failed = false;
            {
                MemoryShortage const shortage{blocks};
                outcome = tests::write(*store_, [&](Transaction const& transaction) { return change(transaction, subject); });
                has_failed = shortage.has_failed();
            }
            refresh();
            bool const is_done = is_in_store(subject) == inserts;
            EXPECT_EQ(is_in_store(subject), is_in_index(subject));
            if (outcome) {
                EXPECT_TRUE(is_done);
            } else if (outcome.error() != Error::kStoreOutcomeUnknown) {
                EXPECT_EQ(outcome.error(), Error::kStoreUnavailable);
                EXPECT_FALSE(is_done);
            }
            if (!has_failed || HasFailure()) return;
        }
    }

    index::TokenIndex index_{1};
};

TEST_P(StoreWithoutMemory, MintIsAtomicWhenMemoryRunsOut) {
    auto const owner = add_user("alice");
    try_until_memory_suffices(
        true, [&](std::int64_t blocks) { return token(owner, "a description that is too long for a short string " + std::to_string(blocks)); },
        [&](Transaction const& transaction, TokenRecord const& subject) -> Result<void> {
            if (auto inserted = transaction.tokens->insert(subject, "the text of the token, which is longer than a short string"); !inserted)
                return inserted;
            return transaction.audit->append(event("minted " + subject.description));
        });
    EXPECT_EQ(list({.owner = owner, .after = {}, .limit = {}}).value().size(), events().size())
        << "each change has its event, and each event its change";
}

TEST_P(StoreWithoutMemory, RevocationIsAtomicWhenMemoryRunsOut) {
    auto const owner = add_user("alice");
    std::optional<TokenRecord> left;
    try_until_memory_suffices(
        false,
        [&](std::int64_t blocks) {
            if (!left || !is_in_store(*left)) left = add_token(owner, "a description that is too long for a short string " + std::to_string(blocks));
            return *left;
        },
        [&](Transaction const& transaction, TokenRecord const& subject) { return transaction.tokens->erase({.owner = owner, .id = subject.id}); });
}

TEST_P(StoreWithoutMemory, ReadFailsWhenMemoryRunsOutAndWorksAgainLater) {
    auto const owner = add_user("alice");
    auto const there = add_token(owner);
    for (std::int64_t blocks = 0;; ++blocks) {
        bool has_failed = false;
        {
            MemoryShortage const shortage{blocks};
            auto const outcome = read(*store_, [&](authority::Snapshot const& snapshot) -> Result<void> {
                auto const found = snapshot.tokens->list({.owner = owner, .after = {}, .limit = {}});
                EXPECT_TRUE(!found || found->size() == 1U);
                return found ? Result<void>{} : std::unexpected{found.error()};
            });
            EXPECT_TRUE(outcome || outcome.error() == Error::kStoreUnavailable);
            has_failed = shortage.has_failed();
        }
        EXPECT_TRUE(is_in_store(there));
        if (!has_failed) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreWithoutMemory,
                         testing::Values(Candidate{"sqlite", [] { return std::make_unique<SqliteTestLocation>(); }},
                                         Candidate{"users_json", [] { return std::make_unique<UsersJsonTestLocation>(); }}),
                         [](auto const& candidate) { return candidate.param.name; });

}  // namespace
}  // namespace warder::tests
