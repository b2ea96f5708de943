// SPDX-License-Identifier: MIT
#include "concurrent/read_mostly.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace warder::concurrent {
namespace {

struct Counted {
    explicit Counted(int number, std::atomic<int>& alive) : value{number}, alive_{&alive} { ++*alive_; }
    Counted(Counted const&) = delete;
    Counted& operator=(Counted const&) = delete;
    ~Counted() {
        value = -1;
        --*alive_;
    }
    int value;
    std::atomic<int>* alive_;
};

TEST(ReadMostly, ReadReturnsTheLastPublishedValue) {
    std::atomic<int> alive = 0;
    ReadMostly<Counted> latest{std::make_unique<Counted const>(1, alive)};
    EXPECT_EQ(latest.read()->value, 1);
    latest.publish(std::make_unique<Counted const>(2, alive));
    EXPECT_EQ(latest.read()->value, 2);
}

TEST(ReadMostly, KeepsAReplacedValueWhileItIsBeingRead) {
    std::atomic<int> alive = 0;
    ReadMostly<Counted> latest{std::make_unique<Counted const>(1, alive)};
    {
        auto const view = latest.read();
        latest.publish(std::make_unique<Counted const>(2, alive));
        EXPECT_EQ(view->value, 1);
        EXPECT_EQ(alive, 2);
    }
    latest.publish(std::make_unique<Counted const>(3, alive));
    EXPECT_EQ(alive, 1);
}

TEST(ReadMostly, NeverShowsFreedValuesToConcurrentReaders) {
    std::atomic<int> alive = 0;
    std::atomic<bool> is_over = false;
    std::atomic<int> freed_seen = 0;
    std::atomic<int> reads = 0;
    ReadMostly<Counted> latest{std::make_unique<Counted const>(0, alive)};
    {
        auto const read = [&] {
            while (!is_over) {
                if (latest.read()->value < 0) ++freed_seen;
                ++reads;
            }
        };
        std::jthread const one{read};
        std::jthread const two{read};
        while (reads == 0) std::this_thread::yield();
        for (int i = 1; i < 5'000; ++i) latest.publish(std::make_unique<Counted const>(i, alive));
        is_over = true;
    }
    EXPECT_EQ(freed_seen, 0);
    latest.publish(std::make_unique<Counted const>(5'000, alive));
    EXPECT_EQ(alive, 1);
}

}  // namespace
}  // namespace warder::concurrent
