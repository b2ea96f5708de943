// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"
#include "cli/output/terminal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace warder::cli {
namespace {

struct Printed {
    int status;
    std::string out;
};

Printed run(std::vector<std::string> texts, bool is_json = false) {
    CLI::App program;
    Action chosen;
    declare_duration_command({program, chosen, {}});
    texts.insert(texts.begin(), {"duration", is_json ? "--json" : "--json=false", "--"});
    std::ranges::reverse(texts);  // CLI11 takes the arguments from the end
    program.parse(texts);
    testing::internal::CaptureStdout();
    auto const status = report(chosen());
    std::fflush(stdout);
    return {.status = status, .out = testing::internal::GetCapturedStdout()};
}

TEST(PrintDurations, PrintsTheSecondsOfEachTextOnALine) {
    auto const printed = run({"6 minutes", "1.5 s", "1h30m"});
    EXPECT_EQ(printed.out, "360\n1.5\n5400\n");
    EXPECT_EQ(printed.status, kSuccess);
}

TEST(PrintDurations, PrintsLargeAndSmallSecondsWithoutAnExponent) {
    EXPECT_EQ(run({"1000000 weeks", "0.0000001 s"}).out, "604800000000\n0.0000001\n");
}

TEST(PrintDurations, PrintedSecondsReadBackTheSame) {
    for (auto const* seconds : {"0.1", "1.1", "86399.999", "9007199254740991"})
        EXPECT_EQ(run({std::string{seconds} + " s"}).out, std::string{seconds} + "\n");
}

TEST(PrintDurations, PrintsNegativeZeroAsZero) {
    EXPECT_EQ(run({"-0 s"}).out, "0\n");
    EXPECT_EQ(run({"-0 s"}, true).out, "[0]\n");
    EXPECT_EQ(run({"-1 s"}).out, "-1\n");
}

TEST(PrintDurations, MarksInvalidTextsAndPrintsTheOthers) {
    auto const printed = run({"6 fortnights", "1 h", "", "99999999999999999999 weeks"});
    EXPECT_EQ(printed.out, "invalid\n3600\ninvalid\ninvalid\n");
    EXPECT_EQ(printed.status, kFailure);
}

TEST(PrintDurations, DoesNotPrintInvalidTexts) {
    // The texts may come from somewhere else: they must not add lines to the output that a script reads.
    auto const printed = run({"x\n3600\n", std::string{"1 h\0", 4}, "\x1b[2J"});
    EXPECT_EQ(printed.out, "invalid\ninvalid\ninvalid\n");
    EXPECT_EQ(printed.status, kFailure);
}

TEST(PrintDurations, PrintsAJsonArrayWithNullForInvalidTexts) {
    auto const printed = run({"1 h", "fortnight", "1.5 s"}, true);
    EXPECT_EQ(printed.out, "[3600,null,1.5]\n");
    EXPECT_EQ(printed.status, kFailure);
}

TEST(PrintDurations, PrintsNoLeadingCommaAfterAnInvalidFirstText) { EXPECT_EQ(run({"?", "1 s"}, true).out, "[null,1]\n"); }

}  // namespace
}  // namespace warder::cli
