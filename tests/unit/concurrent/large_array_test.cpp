// SPDX-License-Identifier: MIT
#include "concurrent/large_array.hpp"

#include "concurrent/stable_vector.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace warder::concurrent {
namespace {

TEST(LargeArrayTest, ElementsAreValueInitialized) {
    for (std::size_t const size : {std::size_t{1}, std::size_t{1000}, kHugePage / sizeof(std::uint64_t) + 1}) {
        auto const array = make_large_array<std::uint64_t>(size);
        EXPECT_TRUE(std::all_of(array.get(), array.get() + size, [](std::uint64_t element) { return element == 0; })) << size;
    }
}

TEST(LargeArrayTest, LargeArrayBeginsAtAHugePage) {
    auto const array = make_large_array<char>(kHugePage);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(array.get()) % kHugePage, 0U);
}

struct alignas(128) Aligned {
    char value = 7;
};

TEST(LargeArrayTest, SmallArrayHasTheAlignmentOfItsElements) {
    auto const array = make_large_array<Aligned>(3);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(array.get()) % 128, 0U);
    EXPECT_EQ(array[2].value, 7);
}

TEST(LargeArrayTest, DestroysItsElements) {
    auto const owner = std::make_shared<int>();
    {
        auto const array = make_large_array<std::shared_ptr<int>>(2);
        array[1] = owner;
        EXPECT_EQ(owner.use_count(), 2);
    }
    EXPECT_EQ(owner.use_count(), 1);
}

TEST(StableVectorTest, ElementsKeepTheirPlacesAndValues) {
    constexpr std::uint32_t kSize = 200'000;  // beyond the chunks that are allocated one by one
    auto const vector = std::make_unique<StableVector<std::uint64_t>>();
    std::vector<std::uint64_t const*> places;
    for (std::uint32_t i = 0; i < kSize; ++i) {
        ASSERT_EQ(vector->append(), i);
        ASSERT_EQ((*vector)[i], 0U);
        (*vector)[i] = i + 1;
        places.push_back(&(*vector)[i]);
    }
    EXPECT_EQ(vector->size(), kSize);
    for (std::uint32_t i = 0; i < kSize; ++i) {
        ASSERT_EQ((*vector)[i], i + 1);
        ASSERT_EQ(&(*vector)[i], places[i]);
    }
}

}  // namespace
}  // namespace warder::concurrent
