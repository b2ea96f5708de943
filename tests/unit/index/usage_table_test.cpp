// SPDX-License-Identifier: MIT
#include "index/usage_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <thread>
#include <vector>

namespace warder::index {
namespace {

using Use = UsageTable::Use;

/// Returns a use whose address is derived from its time, so that a torn read is detected.
Use use(std::int64_t second) {
    Use one{.at = Instant{std::chrono::seconds{second}}, .from = {}};
    one.from = std::bit_cast<IpAddress>(std::array<std::int64_t, 2>{second, ~second});
    return one;
}
bool is_whole(Use const& one) { return one.from == use(one.at.time_since_epoch().count()).from; }

class UsageTableTest : public testing::Test {
  protected:
    bool note(std::uint32_t number, std::int64_t second) { return table_->note(number, table_->ticket(number), use(second)); }
    [[nodiscard]] UsageTable::Uses uses(std::uint32_t number) const { return table_->look(number).value().uses; }

    std::unique_ptr<UsageTable> table_ = std::make_unique<UsageTable>();
};

TEST_F(UsageTableTest, CountsUsesAndKeepsTheLatest) {
    auto const number = table_->take(5);
    EXPECT_EQ(table_->entry(number), 5U);
    EXPECT_EQ(uses(number).count, 0);
    for (std::int64_t const second : {10, 30, 20}) EXPECT_TRUE(note(number, second));
    EXPECT_EQ(uses(number).count, 3);
    EXPECT_EQ(uses(number).last.at, use(30).at);
    EXPECT_TRUE(is_whole(uses(number).last));
}

TEST_F(UsageTableTest, KeepsTheLaterAddressOfTwoUsesInOneSecond) {
    auto const number = table_->take(0);
    auto other = use(10);
    other.from.fill(7);
    EXPECT_TRUE(note(number, 10));
    EXPECT_TRUE(table_->note(number, table_->ticket(number), other));
    EXPECT_EQ(uses(number).last.from, other.from);
}

TEST_F(UsageTableTest, RejectsAUseWithAnOutdatedTicket) {
    auto const number = table_->take(1);
    EXPECT_TRUE(note(number, 10));
    auto const old = table_->ticket(number);
    EXPECT_EQ(table_->retire(number).count, 1);
    ASSERT_EQ(table_->take(2), number) << "records are used again";
    EXPECT_FALSE(table_->note(number, old, use(99)));
    EXPECT_EQ(uses(number).count, 0);
    EXPECT_EQ(uses(number).last.at, Instant{});
}

TEST_F(UsageTableTest, IgnoresAnOutdatedMarkSavedAfterReuse) {
    auto const number = table_->take(1);
    EXPECT_TRUE(note(number, 10));
    auto const seen = table_->look(number).value();
    table_->retire(number);
    ASSERT_EQ(table_->take(2), number);
    table_->acknowledge_flush(seen, 1);
    EXPECT_EQ(table_->look(number)->saved, 0);
}

TEST_F(UsageTableTest, ConcurrentUsesAreNeitherLostNorTorn) {
    constexpr int kThreads = 4;
    constexpr int kRounds = 20'000;
    auto const number = table_->take(0);
    std::atomic<int> torn = 0;
    std::atomic<int> running = kThreads;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread)
            threads.emplace_back([&, thread] {
                for (int round = 0; round < kRounds; ++round) EXPECT_TRUE(note(number, 1'000 + round / 3 + thread));
                --running;
            });
        for (std::int64_t last = 0; running > 0;) {
            auto const seen = uses(number);
            auto const second = seen.last.at.time_since_epoch().count();
            if (seen.count > 0 && (!is_whole(seen.last) || second < last)) ++torn;
            last = second;
        }
    }
    EXPECT_EQ(torn, 0);
    EXPECT_EQ(uses(number).count, kThreads * kRounds);
}

TEST_F(UsageTableTest, ConcurrentTakesReturnDistinctRecords) {
    constexpr int kEach = 10'000;  // more than a chunk holds
    std::vector<std::vector<std::uint32_t>> taken(3);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : taken)
            threads.emplace_back([&] {
                for (int i = 0; i < kEach; ++i) {
                    mine.push_back(table_->take(0));
                    if (i % 3 != 0) continue;
                    table_->give_back(mine.back());
                    mine.pop_back();
                }
            });
    }
    std::vector<std::uint32_t> all;
    for (auto const& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
    std::ranges::sort(all);
    EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
    EXPECT_NE(all.front(), UsageTable::kNone);
}

}  // namespace
}  // namespace warder::index
