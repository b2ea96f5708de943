// SPDX-License-Identifier: MIT
#include "cli/output/progress.hpp"

#include <gtest/gtest.h>

namespace warder::cli {
namespace {

TEST(ProgressText, CountsWithAPercentage) {
    EXPECT_EQ(count_progress("importing tokens", 1500, 20'000), "importing tokens: 1500 of 20000 (7 %)");
    EXPECT_EQ(count_progress("importing tokens", 0, 0), "importing tokens: 0 of 0 (100 %)");
}

TEST(ProgressText, NamesSizesInBinaryUnits) {
    EXPECT_EQ(size_progress("copying", 0, 1023), "copying: 0 bytes of 1023 bytes (0 %)");
    EXPECT_EQ(size_progress("copying", 1536, std::uint64_t{120} << 20U), "copying: 1.5 KiB of 120 MiB (0 %)");
    EXPECT_EQ(size_progress("copying", std::uint64_t{3} << 40U, std::uint64_t{2} << 40U), "copying: 3.0 TiB of 2.0 TiB (100 %)");
    EXPECT_EQ(size_progress("copying", std::uint64_t{5000} << 40U, std::uint64_t{5000} << 40U), "copying: 5000 TiB of 5000 TiB (100 %)");
}

TEST(ProgressText, SaysHowLongWorkOfUnknownLengthTakes) {
    EXPECT_EQ(elapsed_progress("checking the store", std::chrono::seconds{12}, std::uint64_t{3} << 29U), "checking the store: 12 s for 1.5 GiB");
}

}  // namespace
}  // namespace warder::cli
