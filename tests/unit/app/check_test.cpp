// SPDX-License-Identifier: MIT
#include "app/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warder::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Reading nowhere() {
    Reading reading;
    reading.config.data_dir = "/nowhere/at/all";
    return reading;
}

TEST(FindProblems, ReportsMissingKeysStoreAndDataDirectory) {
    EXPECT_THAT(find_problems(nowhere()), ElementsAre(HasSubstr("/nowhere/at/all/keys.json"), HasSubstr("/nowhere/at/all/warder.db"),
                                                      HasSubstr("the data directory can't be examined")));
}

TEST(FindProblems, ReportsConfigurationErrorsFirst) {
    auto reading = nowhere();
    reading.problems = {"one", "two"};
    auto const problems = find_problems(reading);
    ASSERT_EQ(problems.size(), 5U);
    EXPECT_EQ(problems[0], "one");
    EXPECT_EQ(problems[1], "two");
}

TEST(FindProblems, SkipsChecksThatDependOnInvalidSettings) {
    auto reading = nowhere();
    reading.unsure = {"data_dir"};
    EXPECT_THAT(find_problems(reading), ElementsAre());
    reading.config.store = "sqlite:/nowhere/else.db";
    EXPECT_THAT(find_problems(reading), ElementsAre(HasSubstr("/nowhere/else.db")));
    reading.unsure = {"store"};
    EXPECT_THAT(find_problems(reading), ElementsAre(HasSubstr("keys.json"), HasSubstr("data directory")));
}

}  // namespace
}  // namespace warder::app
