// SPDX-License-Identifier: MIT
#include "net/descriptors.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace warder::net {
namespace {

TEST(FitToDescriptors, KeepsTheSettingsWithEnoughDescriptors) {
    auto const budget = fit_to_descriptors({.connections = 10'000, .rejected = 256}, 1'048'576, 40, 4, 2);
    EXPECT_EQ(budget.connections, 10'000U);
    EXPECT_EQ(budget.rejected, 256U);
}

TEST(FitToDescriptors, NeverAssignsTheReservedDescriptors) {
    for (std::size_t limit = 50; limit < 20'600; ++limit) {
        auto const budget = fit_to_descriptors({.connections = 10'000, .rejected = 256}, limit, 30, 2, 2);
        EXPECT_GE(budget.connections, 1U);
        bool const is_least = budget.connections == 1;  // one connection is always served
        EXPECT_TRUE(is_least || 30 + 16 + 2 * budget.connections + budget.rejected <= limit) << limit;
    }
}

TEST(FitToDescriptors, CountsTwoDescriptorsPerForwardedConnection) {
    auto const alone = fit_to_descriptors({.connections = 10'000, .rejected = 256}, 1'024, 30, 2, 1);
    auto const forwarded = fit_to_descriptors({.connections = 10'000, .rejected = 256}, 1'024, 30, 2, 2);
    EXPECT_EQ(alone.connections, 974U);
    EXPECT_EQ(forwarded.connections, 487U);
}

TEST(CountOpenDescriptors, CountsAnOpenedFile) {
    auto const before = count_open_descriptors();
    int const file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(count_open_descriptors(), before + 1);
    ::close(file);
}

}  // namespace
}  // namespace warder::net
