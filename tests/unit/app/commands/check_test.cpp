// SPDX-License-Identifier: MIT
#include "app/commands/check.hpp"

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

TEST(FindProblems, BeforeFirstStartReportsOnlyThatTheDataDirectoryCannotBeCreated) {
    EXPECT_TRUE(is_before_first_start(nowhere()));
    EXPECT_THAT(find_problems(nowhere()), ElementsAre(HasSubstr("/nowhere/at/all: the data directory can't be created")));
}

TEST(FindProblems, BeforeFirstStartReportsMissingDirectoryOfTheStore) {
    auto reading = nowhere();
    reading.config.store = "sqlite:/nowhere/else/warder.db";
    EXPECT_THAT(find_problems(reading), ElementsAre(HasSubstr("/nowhere/at/all"), HasSubstr("/nowhere/else/warder.db: the store can't be created")));
}

TEST(FindProblems, ReportsConfigurationErrorsFirst) {
    auto reading = nowhere();
    reading.problems = {"one", "two"};
    EXPECT_THAT(find_problems(reading), ElementsAre("one", "two", HasSubstr("/nowhere/at/all")));
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
