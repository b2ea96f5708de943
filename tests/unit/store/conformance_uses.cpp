// SPDX-License-Identifier: MIT
// Requirements for stores that keep how often tokens were used. Specter's file cannot.
#include "store/store_conformance.hpp"

#include <algorithm>

namespace warder::tests {

using authority::CountedUses;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(UsesConformance);

namespace {

constexpr std::int64_t kOurRun = 7;
constexpr std::int64_t kAnotherRun = 8;

IpAddress address(std::uint8_t last) { return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, last}; }
Instant at(int seconds) { return Instant{std::chrono::seconds{1'800'000'000 + seconds}}; }

/// Returns a batch of `count` uses, the last one from an address whose last byte is `time`.
CountedUses uses(TokenKey const& key, std::int64_t count, int time, std::int64_t run = kOurRun, std::int64_t batch = 1) {
    return {.key = key, .run = run, .batch = batch, .count = count, .last_at = at(time), .last_from = address(static_cast<std::uint8_t>(time))};
}

Result<void> add(authority::Store& store, CountedUses const& counted) {
    return write(store, [&](Transaction const& t) { return t.tokens->add_uses(counted); });
}

}  // namespace

TokenUsage UsesConformance::usage_of(TokenKey const& key) {
    TokenUsage usage{.count = -1};
    EXPECT_TRUE(read(*store_, [&](Snapshot const& s) -> Result<void> {
        usage = s.tokens->find(key).value().value().usage.value();
        EXPECT_EQ(s.tokens->find(key.id).value()->usage, usage);
        auto const listed = s.tokens->list({.owner = key.owner, .after = {}, .limit = {}}).value();
        auto const entry = std::ranges::find(listed, key.id, &TokenRecord::id);
        EXPECT_TRUE(entry != listed.end() && entry->usage == usage);
        return {};
    }));
    return usage;
}

TEST_P(UsesConformance, NewTokenHasNoUses) {
    EXPECT_TRUE(store_->capabilities().keeps_uses);
    EXPECT_EQ(usage_of(add_token(add_user("alice")).key()), TokenUsage{});
}

TEST_P(UsesConformance, KeepsCountTimeAndAddressAcrossARestart) {
    auto const key = add_token(add_user("alice")).key();
    ASSERT_TRUE(add(*store_, uses(key, 3, 10)));
    reopen();
    EXPECT_EQ(usage_of(key), (TokenUsage{.count = 3, .last_at = at(10), .last_from = address(10), .mark = {.run = kOurRun, .batch = 1}}));
}

TEST_P(UsesConformance, CountsUsesOfARepeatedWriteOnce) {
    auto const key = add_token(add_user("alice")).key();
    ASSERT_TRUE(add(*store_, uses(key, 3, 10)));
    // A process that doesn't know that its commit succeeded writes all of it again, and later more.
    ASSERT_TRUE(add(*store_, uses(key, 3, 10)));
    EXPECT_EQ(usage_of(key).count, 3);
    ASSERT_TRUE(add(*store_, uses(key, 2, 11, kOurRun, 2)));
    EXPECT_EQ(usage_of(key).count, 5);
    ASSERT_TRUE(add(*store_, uses(key, 4, 12, kOurRun, 7)));
    EXPECT_EQ(usage_of(key), (TokenUsage{.count = 9, .last_at = at(12), .last_from = address(12), .mark = {.run = kOurRun, .batch = 7}}));
    ASSERT_TRUE(add(*store_, uses(key, 2, 13, kOurRun, 2)));
    EXPECT_EQ(usage_of(key).count, 9) << "an earlier batch is not new";
}

TEST_P(UsesConformance, AddsUpTheUsesOfSeveralRuns) {
    auto const key = add_token(add_user("alice")).key();
    ASSERT_TRUE(add(*store_, uses(key, 3, 10)));
    ASSERT_TRUE(add(*store_, uses(key, 2, 20, kAnotherRun)));
    EXPECT_EQ(usage_of(key).count, 5);
    EXPECT_EQ(usage_of(key).mark, (TokenUsage::Mark{.run = kAnotherRun, .batch = 1}));
    ASSERT_TRUE(add(*store_, uses(key, 1, 15, kOurRun, 2)));
    EXPECT_EQ(usage_of(key).count, 6);
    EXPECT_EQ(usage_of(key).last_at, at(20)) << "an earlier use is not the last one";
    EXPECT_EQ(usage_of(key).last_from, address(20));
}

TEST_P(UsesConformance, DeletesUsesWithTheirTokenAndUser) {
    auto const alice = add_user("alice");
    auto const key = add_token(alice, "one").key();
    auto const other = add_token(alice, "other").key();
    ASSERT_TRUE(add(*store_, uses(key, 3, 10)));
    ASSERT_TRUE(add(*store_, uses(other, 4, 10)));
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.tokens->erase(key); }));
    ASSERT_TRUE(add(*store_, uses(key, 5, 11, kOurRun, 2))) << "a late result is not a failure";
    EXPECT_EQ(usage_of(other).count, 4);
    EXPECT_EQ(usage_of(add_token(alice, "next").key()), TokenUsage{});

    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return t.users->erase(alice); }));
    EXPECT_EQ(usage_of(add_token(add_user("alice"), "one").key()), TokenUsage{});
}

TEST_P(UsesConformance, KeepsUsesWhenTheTokenIsChanged) {
    auto const key = add_token(add_user("alice")).key();
    ASSERT_TRUE(add(*store_, uses(key, 3, 10)));
    ASSERT_TRUE(write(*store_, [&](Transaction const& t) { return set_description(t, key, "another"); }));
    EXPECT_EQ(usage_of(key).count, 3);
}

TEST_P(UsesConformance, DoesNotAnnounceUses) {
    auto const key = add_token(add_user("alice")).key();
    ChangeRecorder recorder;
    ASSERT_TRUE(store_->attach(recorder));
    auto const other = location_->open();
    ChangeRecorder other_recorder;
    ASSERT_TRUE(other->attach(other_recorder));
    recorder.take();
    other_recorder.take();

    ASSERT_TRUE(add(*store_, uses(key, 3, 10)));
    ASSERT_TRUE(refresh(*store_));
    ASSERT_TRUE(refresh(*other));
    EXPECT_EQ(recorder.calls(), 0);
    EXPECT_EQ(other_recorder.calls(), 0);
}

TEST_P(UsesConformance, FailedRequestAddsNoUses) {
    auto const key = add_token(add_user("alice")).key();
    auto const failed = write(*store_, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(t.tokens->add_uses(uses(key, 3, 10)));
        return std::unexpected{authority::Error::kForbidden};
    });
    EXPECT_FALSE(failed);
    EXPECT_EQ(usage_of(key), TokenUsage{});
}

}  // namespace warder::tests
