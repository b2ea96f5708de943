// SPDX-License-Identifier: MIT
#include "app/manual/command_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warder::app {
namespace {

using testing::ElementsAre;

TEST(DescribeCommands, NestsCommandsAndSkipsHiddenOnes) {
    CLI::App program{"help of the program", "warder"};
    auto& group = *program.add_subcommand("token", "manage");
    group.add_subcommand("list", "list tokens");
    program.add_subcommand("manual", "hidden")->group("");
    auto const described = describe_commands(program);
    EXPECT_EQ(described.path, "");
    EXPECT_EQ(described.help, "help of the program");
    ASSERT_EQ(described.commands.size(), 1U);
    EXPECT_EQ(described.commands[0].commands[0].path, "token list");
    EXPECT_EQ(nodes_of(described).size(), 3U);
    ASSERT_EQ(leaves_of(described).size(), 1U);
    EXPECT_EQ(leaves_of(described)[0]->name, "list");
}

TEST(DescribeCommands, KnowsWhatCompletesAValue) {
    CLI::App program;
    std::string text;
    std::vector<std::string> texts;
    bool flag = false;
    program.add_option("--config", text, "")->type_name("FILE");
    program.add_option("--data-dir", text, "")->type_name("DIR")->required();
    program.add_option("--admin", text, "")->check(CLI::IsMember({"true", "false"}));
    program.add_option("--endpoint", texts, "")->type_name("GRANT");
    program.add_flag("--json", flag, "");
    program.add_option("ID", text, "the id");
    auto const described = describe_commands(program);
    ASSERT_EQ(described.options.size(), 6U);
    EXPECT_THAT(described.options[0].names, ElementsAre("-h", "--help"));
    EXPECT_EQ(described.options[0].value, "");
    EXPECT_EQ(described.options[1].kind, ValueKind::kFile);
    EXPECT_FALSE(described.options[1].is_required);
    EXPECT_EQ(described.options[2].kind, ValueKind::kDirectory);
    EXPECT_TRUE(described.options[2].is_required);
    EXPECT_EQ(described.options[3].value, "true|false");
    EXPECT_THAT(described.options[3].choices, ElementsAre("true", "false"));
    EXPECT_EQ(described.options[4].value, "GRANT");
    EXPECT_TRUE(described.options[4].is_repeatable);
    EXPECT_FALSE(described.options[3].is_repeatable);
    EXPECT_EQ(described.options[5].value, "");
    ASSERT_EQ(described.arguments.size(), 1U);
    EXPECT_THAT(described.arguments[0].names, ElementsAre("ID"));
}

}  // namespace
}  // namespace warder::app
