// SPDX-License-Identifier: MIT
#include "app/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// What a program with two options, a flag and arguments gets.
struct Parsed {
    std::string user = "none", description = "none";
    bool is_json = false;
    std::vector<std::string> names;
};

Parsed parse(std::vector<char const*> const& arguments) {
    Parsed parsed;
    CLI::App program;
    program.add_option("--user", parsed.user);
    program.add_option("--description", parsed.description);
    program.add_flag("--json", parsed.is_json);
    program.add_option("NAME", parsed.names);
    parse_arguments(program, arguments);
    return parsed;
}

TEST(ParseArguments, DoesNotTakeTheNextArgumentAsAnEmptyValue) {
    auto const before_flag = parse({"--user=", "--json"});
    EXPECT_EQ(before_flag.user, "");
    EXPECT_TRUE(before_flag.is_json);
    auto const before_argument = parse({"--user=", "alice"});
    EXPECT_EQ(before_argument.user, "");
    EXPECT_THAT(before_argument.names, ElementsAre("alice"));
    auto const both = parse({"--user=", "--description="});
    EXPECT_EQ(both.user, "");
    EXPECT_EQ(both.description, "");
}

TEST(ParseArguments, KeepsTheOrderOfArguments) {
    auto const parsed = parse({"a", "--user", "x", "b", "c"});
    EXPECT_EQ(parsed.user, "x");
    EXPECT_THAT(parsed.names, ElementsAre("a", "b", "c"));
}

TEST(ParseArguments, KeepsEqualsSignsWithinValues) {
    EXPECT_EQ(parse({"--description=a="}).description, "a=");
    EXPECT_EQ(parse({"--description", "a="}).description, "a=");
    EXPECT_EQ(parse({"--description=="}).description, "=");
    EXPECT_EQ(parse({"--description", "="}).description, "=");
}

TEST(ParseArguments, KeepsArgumentsAfterTwoDashes) { EXPECT_THAT(parse({"--", "--user=", "--"}).names, ElementsAre("--user=", "--")); }

TEST(ParseArguments, AcceptsNone) { EXPECT_THAT(parse({}).names, IsEmpty()); }

}  // namespace
}  // namespace warder::app
