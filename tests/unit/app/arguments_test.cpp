// SPDX-License-Identifier: MIT
#include "app/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
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

TEST(WantsJson, OfArgumentsIsTheOptionBeforeTwoDashes) {
    auto const wants = [](std::vector<char const*> const& arguments) { return wants_json(std::span<char const* const>{arguments}); };
    EXPECT_TRUE(wants({"token", "--jsn", "--json"}));
    EXPECT_FALSE(wants({"token", "--jsn"}));
    EXPECT_FALSE(wants({"token", "--", "--json"}));
    EXPECT_FALSE(wants({}));
}

TEST(WantsJson, OfAProgramIsTheOptionOfTheCommandThatIsUsed) {
    auto const wants = [](std::vector<char const*> const& arguments) {
        CLI::App program;
        bool is_json = false;
        std::string user;
        auto& list = *program.add_subcommand("token")->add_subcommand("list");
        list.add_flag("--json", is_json);
        list.add_option("--user", user);
        program.add_subcommand("serve");
        parse_arguments(program, arguments);
        return wants_json(program);
    };
    EXPECT_TRUE(wants({"token", "list", "--json"}));
    EXPECT_FALSE(wants({"token", "list", "--json=false"}));
    EXPECT_FALSE(wants({"token", "list", "--user", "--json"}));
    EXPECT_FALSE(wants({"serve"}));
    EXPECT_FALSE(wants({}));
}

}  // namespace
}  // namespace warder::app
