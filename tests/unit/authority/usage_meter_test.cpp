// SPDX-License-Identifier: MIT
#include "authority/usage_meter.hpp"

#include "authority/real_store.hpp"
#include "warder/verifier.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace warder::authority {
namespace {

using warder::tests::wait;

constexpr IpAddress kHome{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1};

/// The real store, whose commits can be made to fail, either before they are made or by losing the answer after they
/// are made.
class UnreliableStore final : public Store {
  public:
    explicit UnreliableStore(Store& real) : real_{&real} {}
    enum class Fault { kNone, kRejects, kLosesAnswer };
    std::atomic<Fault> fault = Fault::kNone;
    std::atomic<int> writes = 0;
    bool can_keep_uses = true;

    Result<void> attach(ChangeListener& listener) override { return real_->attach(listener); }
    void write(Work work, Done<void> done) override {
        ++writes;
        if (fault == Fault::kRejects) return done(std::unexpected{Error::kStoreFull});
        real_->write(std::move(work), [is_silent = fault == Fault::kLosesAnswer, done = std::move(done)](Result<void> result) mutable {
            done(is_silent ? Result<void>{std::unexpected{Error::kStoreUnavailable}} : std::move(result));
        });
    }
    void read(Query query, Done<void> done) override { real_->read(std::move(query), std::move(done)); }
    [[nodiscard]] StoreCapabilities capabilities() const noexcept override {
        auto capabilities = real_->capabilities();
        capabilities.keeps_uses = capabilities.keeps_uses && can_keep_uses;
        return capabilities;
    }
    void refresh(Done<void> done) override { real_->refresh(std::move(done)); }

  private:
    Store* real_;
};

class UsageMeterTest : public warder::tests::RealStore {
  protected:
    void use(MintedToken const& token, IpAddress const& from = kHome) {
        auto const verified = verifier_.verify(token.text);
        ASSERT_TRUE(verified);
        counter_.note(*verified, from);
    }
    TokenUsage reported(TokenId const& id) {
        auto const token = wait<OwnedToken>([&](auto done) { counting_.show(alice_, id, std::move(done)); });
        return token.value().record.usage.value();
    }
    TokenUsage stored(TokenId const& id) {
        auto const token = wait<OwnedToken>([&](auto done) { authority_.show(alice_, id, std::move(done)); });
        return token.value().record.usage.value();
    }

    Principal alice_ = add_user("alice");
    Verifier verifier_{index_.registry(), keys_, clock_};
    UsageMeter meter_{index_.registry(), random_};
    UsageCounter& counter_ = meter_.add_counter();
    Authority counting_{*store_, keys_, clock_, random_, {.max_per_user = 20}, &meter_};
    UnreliableStore unreliable_{*store_};
};

TEST_F(UsageMeterTest, HashSpreadsIdsOverTheLowBits) {
    std::set<std::size_t> slots;
    for (int i = 0; i < 1'000; ++i) slots.insert(TokenIdHash{}(TokenId::make(random_)) % 2'048);
    EXPECT_GT(slots.size(), 700);  // 791 on average; fixed bits of the ids leave at most 512
}

TEST_F(UsageMeterTest, ResultsIncludeUnsavedUses) {
    auto const token = mint(alice_, "ci").value();
    use(token);
    clock_.advance(std::chrono::seconds{3});
    use(token);
    EXPECT_EQ(stored(token.record.id), TokenUsage{});
    auto const usage = reported(token.record.id);
    EXPECT_EQ(usage.count, 2);
    EXPECT_EQ(usage.last_at, std::chrono::floor<std::chrono::seconds>(clock_.now()));
    EXPECT_EQ(usage.last_from, kHome);

    auto const page = wait<TokenPage>([&](auto done) { counting_.list(alice_, {}, std::move(done)); });
    EXPECT_EQ(page->tokens.front().record.usage->count, 2);
    auto const edited =
        wait<OwnedToken>([&](auto done) { counting_.edit(alice_, token.record.id, {.description = "new", .policy = {}}, std::move(done)); });
    EXPECT_EQ(edited->record.usage->count, 2);
}

TEST_F(UsageMeterTest, SavesEachUseOnce) {
    auto const token = mint(alice_, "ci").value();
    use(token);
    ASSERT_TRUE(meter_.save(*store_));
    EXPECT_EQ(stored(token.record.id).count, 1);
    use(token);
    use(token);
    EXPECT_EQ(reported(token.record.id).count, 3);
    ASSERT_TRUE(meter_.save(*store_));
    EXPECT_EQ(stored(token.record.id).count, 3);
    EXPECT_EQ(reported(token.record.id).count, 3);
}

TEST_F(UsageMeterTest, KeepsUsesOfExistingTokensInMemoryIfTheStoreKeepsNone) {
    auto const kept = mint(alice_, "kept").value();
    auto const removed = mint(alice_, "removed").value();
    use(kept);
    use(removed);
    ASSERT_TRUE(wait<void>([&](auto done) { authority_.revoke(alice_, removed.record.id, std::move(done)); }));
    unreliable_.can_keep_uses = false;
    ASSERT_TRUE(meter_.save(unreliable_));
    EXPECT_EQ(unreliable_.writes, 0);
    EXPECT_EQ(reported(kept.record.id).count, 1);
    EXPECT_FALSE(meter_.unsaved().counting->uses.contains(removed.record.id));
}

TEST_F(UsageMeterTest, AddsUpTheUsesOfAllCounters) {
    auto const token = mint(alice_, "ci").value();
    auto const verified = verifier_.verify(token.text).value();
    for (int i = 0; i < 3; ++i) meter_.add_counter().note(verified, kHome);
    EXPECT_EQ(reported(token.record.id).count, 3);
}

TEST_F(UsageMeterTest, SavesNothingWhenNoTokenWasUsed) {
    auto const token = mint(alice_, "ci").value();
    ASSERT_TRUE(meter_.save(unreliable_));
    EXPECT_EQ(unreliable_.writes, 0);
    use(token);
    ASSERT_TRUE(meter_.save(unreliable_));
    ASSERT_TRUE(meter_.save(unreliable_));
    EXPECT_EQ(unreliable_.writes, 1);
}

TEST_F(UsageMeterTest, KeepsUsesWhenACommitFails) {
    auto const token = mint(alice_, "ci").value();
    use(token);
    unreliable_.fault = UnreliableStore::Fault::kRejects;
    EXPECT_FALSE(meter_.save(unreliable_));
    EXPECT_EQ(reported(token.record.id).count, 1);
    use(token);
    unreliable_.fault = UnreliableStore::Fault::kNone;
    ASSERT_TRUE(meter_.save(unreliable_));
    EXPECT_EQ(stored(token.record.id).count, 2);
}

TEST_F(UsageMeterTest, CountsUsesOnceWhenTheOutcomeOfACommitIsUnknown) {
    auto const token = mint(alice_, "ci").value();
    use(token);
    unreliable_.fault = UnreliableStore::Fault::kLosesAnswer;
    EXPECT_FALSE(meter_.save(unreliable_));
    EXPECT_EQ(stored(token.record.id).count, 1);
    EXPECT_EQ(reported(token.record.id).count, 1);
    use(token);
    EXPECT_EQ(reported(token.record.id).count, 2);
    unreliable_.fault = UnreliableStore::Fault::kNone;
    ASSERT_TRUE(meter_.save(unreliable_));
    EXPECT_EQ(stored(token.record.id).count, 2);
}

TEST_F(UsageMeterTest, ContinuesFromTheCountsOfAnEarlierRun) {
    auto const token = mint(alice_, "ci").value();
    use(token);
    ASSERT_TRUE(meter_.save(*store_));

    index::TokenIndex fresh{8};
    store_.reset();
    store_ = store::open_sqlite(directory_ / "warder.db", store::OpenMode::kCreate, log_).value();
    ASSERT_TRUE(store_->attach(fresh));
    UsageMeter next{fresh.registry(), random_};
    Authority authority{*store_, keys_, clock_, random_, {}, &next};
    auto const count = [&] {
        return wait<OwnedToken>([&](auto done) { authority.show(alice_, token.record.id, std::move(done)); })->record.usage->count;
    };
    EXPECT_EQ(count(), 1);
    next.add_counter().note(Verifier{fresh.registry(), keys_, clock_}.verify(token.text).value(), kHome);
    EXPECT_EQ(count(), 2);
    ASSERT_TRUE(next.save(*store_));
    EXPECT_EQ(count(), 2);
    store_.reset();  // it refers to `fresh`
}

TEST_F(UsageMeterTest, CountsSavedUsesInARecordReadBeforeTheSave) {
    auto const token = mint(alice_, "ci").value();
    use(token);
    auto const unsaved = meter_.unsaved();
    TokenRecord read;
    read.id = token.record.id;
    read.usage = stored(token.record.id);
    ASSERT_TRUE(meter_.save(*store_));
    meter_.complete(read, unsaved);
    EXPECT_EQ(read.usage->count, 1);
}

TEST_F(UsageMeterTest, AddsUsesCountedByAnotherProcessOnce) {
    auto const token = mint(alice_, "ci").value();
    use(token);
    ASSERT_TRUE(meter_.save(*store_));
    ASSERT_TRUE(wait<void>([&](auto done) {
        store_->write([&](Transaction const& t) { return t.tokens->add_uses({.key = token.record.key(), .run = 1, .batch = 1, .count = 5}); },
                      std::move(done));
    }));
    EXPECT_EQ(reported(token.record.id).count, 6);
    use(token);
    EXPECT_EQ(reported(token.record.id).count, 7);
    ASSERT_TRUE(meter_.save(*store_));
    EXPECT_EQ(stored(token.record.id).count, 7);
}

TEST_F(UsageMeterTest, CountsAreExactWhileUsesAreBeingSaved) {
    auto const token = mint(alice_, "ci").value();
    std::atomic<std::int64_t> used = 0;
    std::atomic<bool> is_over = false;
    {
        std::jthread const user{[&] {
            while (!is_over) {
                use(token);
                ++used;
            }
        }};
        std::jthread const saver{[&] {
            while (!is_over) EXPECT_TRUE(meter_.save(*store_));
        }};
        for (int look = 0; look < 300; ++look) {
            auto const before = used.load();
            auto const count = reported(token.record.id).count;
            EXPECT_GE(count, before);
            EXPECT_LE(count, used + 1);
        }
        is_over = true;
    }
    EXPECT_EQ(reported(token.record.id).count, used);
}

TEST_F(UsageMeterTest, SavesManyTokensInSeveralCommits) {
    std::vector<TokenRecord> tokens(2'000);  // more than a counter holds
    for (auto& token : tokens) {
        token.id = TokenId::make(random_);
        token.owner = alice_.id;
    }
    ASSERT_TRUE(wait<void>([&](auto done) {
        store_->write(
            [&](Transaction const& transaction) -> Result<void> {
                for (auto const& token : tokens)
                    if (auto inserted = transaction.tokens->insert(token, ""); !inserted) return inserted;
                return {};
            },
            std::move(done));
    }));
    for (auto const& token : tokens) {
        VerifiedToken verified;
        verified.id = token.id;
        verified.owner = token.owner;
        counter_.note(verified, kHome);
    }
    ASSERT_TRUE(meter_.save(unreliable_));
    EXPECT_EQ(unreliable_.writes, 4);
    auto const page = wait<TokenPage>([&](auto done) { authority_.list(alice_, {}, std::move(done)); });
    ASSERT_EQ(page->tokens.size(), tokens.size());
    for (auto const& token : page->tokens) ASSERT_EQ(token.record.usage->count, 1);
}

}  // namespace
}  // namespace warder::authority
