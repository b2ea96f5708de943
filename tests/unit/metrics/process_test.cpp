// SPDX-License-Identifier: MIT
#include "metrics/process.hpp"

#include "metrics/exposition.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace warder::metrics {
namespace {

constexpr std::string_view kAfterName =
    " S 1 42 42 0 -1 4194560 1084 0 0 0 250 50 0 0 20 0 7 0 12345 104857600 2500 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0";

TEST(ReadStat, FieldsAreScaled) {
    ProcessStat stat;
    ASSERT_TRUE(read_stat(std::string{"42 (warder)"}.append(kAfterName), 100, 4096, stat));
    EXPECT_DOUBLE_EQ(stat.cpu_seconds, 3);
    EXPECT_DOUBLE_EQ(stat.started_after_boot, 123.45);
    EXPECT_DOUBLE_EQ(stat.virtual_bytes, 104857600);
    EXPECT_DOUBLE_EQ(stat.resident_bytes, 2500.0 * 4096);
}

TEST(ReadStat, NameOfTheProgramMayContainSpacesAndParentheses) {
    ProcessStat stat;
    ASSERT_TRUE(read_stat(std::string{"42 (a) 1 (b)"}.append(kAfterName), 100, 4096, stat));
    EXPECT_DOUBLE_EQ(stat.cpu_seconds, 3);
}

TEST(ReadStat, IncompleteLineIsRejected) {
    ProcessStat stat;
    EXPECT_FALSE(read_stat("", 100, 4096, stat));
    EXPECT_FALSE(read_stat("42 (warder)", 100, 4096, stat));
    EXPECT_FALSE(read_stat("42 (warder) S 1 42", 100, 4096, stat));
}

TEST(AppendProcess, AllFamiliesArePresent) {
    Exposition exposition;
    append_process(exposition);
    auto const text = exposition.take();
    for (auto const* const name : {"process_cpu_seconds_total", "process_virtual_memory_bytes", "process_resident_memory_bytes",
                                   "process_start_time_seconds", "process_virtual_memory_max_bytes", "process_open_fds", "process_max_fds"})
        EXPECT_THAT(text, testing::HasSubstr(std::string{"\n"}.append(name).append(" "))) << name;
}

TEST(AppendProcess, OpenFilesAreCounted) {
    auto const open_fds = [] {
        Exposition exposition;
        append_process(exposition);
        auto const text = exposition.take();
        return std::stoi(text.substr(text.find("\nprocess_open_fds ") + std::string{"\nprocess_open_fds "}.size()));
    };
    auto const before = open_fds();
    int const copy = dup(0);
    ASSERT_GE(copy, 0);
    EXPECT_EQ(open_fds(), before + 1);
    close(copy);
}

}  // namespace
}  // namespace warder::metrics
