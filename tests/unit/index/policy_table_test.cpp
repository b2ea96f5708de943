// SPDX-License-Identifier: MIT
#include "index/policy_table.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace warder::index {
namespace {

TokenPolicy policy(std::string grant) { return {.endpoints = GrantList::parse(std::vector<std::string>{std::move(grant)}).value()}; }

TEST(PolicyTable, StoresEqualPoliciesOnce) {
    PolicyTable table;
    auto const one = table.keep(policy("/a"));
    EXPECT_EQ(table.keep(policy("/a")), one);
    EXPECT_NE(table.keep(policy("/b")), one);
    EXPECT_EQ(table.size(), 2U);
    EXPECT_EQ(table.read(one).get()->policy.endpoints->grants().front().text(), "/a");
}

TEST(PolicyTable, GivesEachTokenWithARateLimitABucketOfItsOwn) {
    PolicyTable table;
    TokenPolicy const limited{.rate_limit = RateLimit{.count = 1, .unit = RateLimit::Unit::kDay}};
    TokenId const one{TokenId::Bytes{1}}, two{TokenId::Bytes{2}};
    auto const first = table.keep(limited, one, PolicyTable::kNone);
    auto const second = table.keep(limited, two, PolicyTable::kNone);
    ASSERT_NE(first, second);
    EXPECT_NE(table.read(first).get()->bucket, table.read(second).get()->bucket);
    EXPECT_EQ(table.keep(policy("/a"), one, PolicyTable::kNone), table.keep(policy("/a"), two, PolicyTable::kNone));
    EXPECT_EQ(table.read(table.keep(policy("/a"))).get()->bucket, nullptr);
}

TEST(PolicyTable, KeepsTheBucketAsLongAsTheRateLimitStaysTheSame) {
    PolicyTable table;
    TokenPolicy limited{.rate_limit = RateLimit{.count = 1, .unit = RateLimit::Unit::kDay}};
    TokenId const one{TokenId::Bytes{1}};
    auto number = table.keep(limited, one, PolicyTable::kNone);
    auto const bucket = table.read(number).get()->bucket;
    auto const edit = [&] {
        auto const next = table.keep(limited, one, number);
        table.drop(number);
        number = next;
        return table.read(number).get()->bucket;
    };
    EXPECT_EQ(edit(), bucket);
    limited.is_enabled = false;
    EXPECT_EQ(edit(), bucket);
    limited.rate_limit->count = 2;
    EXPECT_NE(edit(), bucket);
    limited.rate_limit.reset();
    EXPECT_EQ(edit(), nullptr);
    EXPECT_EQ(table.size(), 1U);
}

TEST(PolicyTable, RemovesAPolicyWhenItsLastUserDropsIt) {
    PolicyTable table;
    auto const number = table.keep(policy("/a"));
    static_cast<void>(table.keep(policy("/a")));
    table.drop(number);
    auto const held = table.read(number);
    ASSERT_NE(held.get(), nullptr);
    table.drop(number);
    EXPECT_EQ(table.read(number).get(), nullptr);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.keep(policy("/b")), number) << "its number is used again";
}

TEST(PolicyTable, FreesAPolicyOnlyWhenNoReaderHoldsIt) {
    PolicyTable table;
    auto kept = policy("/a");
    std::weak_ptr<GrantList const> const watched = kept.endpoints;
    auto const number = table.keep(kept);
    kept = {};
    auto const drop_many = [&] {
        for (int i = 0; i < 200; ++i) table.drop(table.keep(policy("/" + std::to_string(i))));
    };
    {
        auto const held = table.read(number);
        table.drop(number);
        drop_many();
        EXPECT_FALSE(watched.expired());
        EXPECT_EQ(held.get()->policy.endpoints->grants().front().text(), "/a");
    }
    drop_many();
    EXPECT_TRUE(watched.expired());
}

TEST(PolicyTable, MapsAPolicyWithoutLimitsToTheReservedNumber) {
    PolicyTable table;
    EXPECT_EQ(table.keep({}), PolicyTable::kNone);
    EXPECT_EQ(table.read(PolicyTable::kNone).get(), nullptr);
    table.drop(PolicyTable::kNone);
}

}  // namespace
}  // namespace warder::index
