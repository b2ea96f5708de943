// SPDX-License-Identifier: MIT
#include "authority/token_filter.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace warder::authority {
namespace {

using std::chrono::seconds;

constexpr Instant kNow{seconds{1'800'000'000}};

TokenRecord make_token(int minted_before, int expires_after) {
    TokenRecord token;
    token.issued_at = kNow - seconds{minted_before};
    token.expires_at = kNow + seconds{expires_after};
    return token;
}

TEST(TokenFilter, WithoutConditionsAcceptsExpiredTokens) {
    EXPECT_TRUE(TokenFilter{}.is_empty());
    EXPECT_TRUE(TokenFilter{}.accepts(make_token(20, -10), kNow));
}

TEST(TokenFilter, ExpiresWithinAcceptsLiveTokensUpToTheSecond) {
    TokenFilter const filter{.expires_within = Seconds{60}, .unused_for = {}};
    EXPECT_FALSE(filter.is_empty());
    EXPECT_FALSE(filter.accepts(make_token(1, 0), kNow)) << "it has expired";
    EXPECT_TRUE(filter.accepts(make_token(1, 1), kNow));
    EXPECT_TRUE(filter.accepts(make_token(1, 60), kNow));
    EXPECT_FALSE(filter.accepts(make_token(1, 61), kNow));
}

TEST(TokenFilter, ExpiresWithinCountsTheEndOfAnOverlap) {
    TokenFilter const filter{.expires_within = Seconds{60}, .unused_for = {}};
    auto token = make_token(1, 1000);
    token.succession = {.ends_at = kNow + seconds{60}, .successor = {}};
    EXPECT_TRUE(filter.accepts(token, kNow));
}

TEST(TokenFilter, UnusedForCountsFromTheLastUseOrElseFromTheMint) {
    TokenFilter const filter{.expires_within = {}, .unused_for = Seconds{60}};
    EXPECT_TRUE(filter.accepts(make_token(60, 1), kNow));
    EXPECT_FALSE(filter.accepts(make_token(59, 1), kNow));
    EXPECT_FALSE(filter.accepts(make_token(60, 0), kNow)) << "it has expired";
    auto token = make_token(1000, 1);
    token.usage = TokenUsage{};
    EXPECT_TRUE(filter.accepts(token, kNow)) << "never used";
    token.usage->last_at = kNow - seconds{59};
    EXPECT_FALSE(filter.accepts(token, kNow));
    token.usage->last_at = kNow - seconds{60};
    EXPECT_TRUE(filter.accepts(token, kNow));
    token.issued_at = kNow;
    EXPECT_FALSE(filter.accepts(token, kNow)) << "minted just now, whatever the clock said at its last use";
}

TEST(TokenFilter, BothConditionsMustHold) {
    TokenFilter const filter{.expires_within = Seconds{60}, .unused_for = Seconds{60}};
    EXPECT_TRUE(filter.accepts(make_token(60, 60), kNow));
    EXPECT_FALSE(filter.accepts(make_token(59, 60), kNow));
    EXPECT_FALSE(filter.accepts(make_token(60, 61), kNow));
}

TEST(TokenFilter, VeryLongDurationsDoNotOverflow) {
    auto const longest = Seconds{std::numeric_limits<double>::max()};
    auto const token = make_token(60, 60);
    EXPECT_TRUE((TokenFilter{.expires_within = longest, .unused_for = {}}.accepts(token, kNow)));
    EXPECT_FALSE((TokenFilter{.expires_within = {}, .unused_for = longest}.accepts(token, kNow)));
}

}  // namespace
}  // namespace warder::authority
