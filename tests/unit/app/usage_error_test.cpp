// SPDX-License-Identifier: MIT
#include "app/usage_error.hpp"

#include "app/arguments.hpp"
#include "app/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warder::app {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto kToken = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln";

/// Returns what is said about a command line of the real program that its parser rejects.
std::string usage_error(std::vector<char const*> const& arguments) {
    CLI::App program{"", "warder"};
    program.require_subcommand(1);
    cli::Action chosen;
    declare_commands(program, chosen);
    try {
        parse_arguments(program, arguments);
    } catch (CLI::Error const& error) {
        return explain_usage_error(program, arguments, error);
    }
    return "accepted";
}

TEST(ExplainUsageError, NamesTheFirstOfTwoUnknownWords) {
    EXPECT_EQ(usage_error({"token", "lits", "--usr", "a"}), R"(unknown command "warder token lits": did you mean "warder token list"?)");
    EXPECT_EQ(usage_error({"token", "list", "--usr", "a", "--jsn"}), R"("warder token list" has no option "--usr": did you mean "--user"?)");
}

TEST(ExplainUsageError, SkipsTheValuesOfOptions) {
    EXPECT_THAT(usage_error({"token", "list", "--user", "--usr", "--jsn"}), HasSubstr(R"(no option "--jsn")"));
    EXPECT_THAT(usage_error({"token", "list", "--user=x", "--jsn"}), HasSubstr(R"(no option "--jsn")"));
    EXPECT_THAT(usage_error({"token", "list", "--json", "--usr"}), HasSubstr(R"(no option "--usr")"));
}

TEST(ExplainUsageError, TreatsWordsAfterTwoDashesAsArguments) {
    EXPECT_THAT(usage_error({"user", "list", "--", "--jsn"}), HasSubstr(R"(unexpected argument "--jsn")"));
}

TEST(ExplainUsageError, TreatsANegativeNumberAsAnArgument) {
    EXPECT_THAT(usage_error({"user", "list", "-1"}), HasSubstr(R"(unexpected argument "-1")"));
}

TEST(ExplainUsageError, ExplainsAnEmptyOrDashedWordWithoutASuggestion) {
    EXPECT_EQ(usage_error({""}), "unknown command \"warder \"; 'warder --help' lists the commands");
    EXPECT_EQ(usage_error({"token", "-"}), "unknown command \"warder token -\"; 'warder token --help' lists the commands");
    EXPECT_EQ(
        usage_error({"user", "list", ""}),
        "\"warder user list\" got an unexpected argument \"\"; quote a value that contains spaces, or see 'warder user list --help' for the usage");
}

TEST(ExplainUsageError, EscapesAndShortensTextFromTheCommandLine) {
    EXPECT_THAT(usage_error({"\x1b]0;x\x07"}), StartsWith(R"(unknown command "warder \x1B]0;x\x07")"));
    EXPECT_THAT(usage_error({"b\xC3\xA9"}), StartsWith(R"(unknown command "warder b\xC3\xA9")"));
    EXPECT_THAT(usage_error({"user", "list", "--f\xC3\xA9"}), StartsWith(R"("warder user list" has no option "--f\xC3\xA9")"));
    auto const longest = std::string(50'000, 'x');
    EXPECT_LT(usage_error({longest.c_str()}).size(), 400U);
    EXPECT_LT(usage_error({"user", "list", longest.c_str()}).size(), 500U);
    EXPECT_LT(usage_error({"user", "list", ("--" + longest).c_str()}).size(), 400U);
}

TEST(ExplainUsageError, DoesNotRepeatATokenAnywhereInAnArgument) {
    auto const token = std::string{kToken};
    for (auto const& typed : {token, "Bearer " + token, "jwt=" + token, '"' + token + '"'})
        for (auto const& before :
             {std::vector<char const*>{}, {"token"}, {"user", "list"}, {"token", "show", "1"}, {"token", "verify"}, {"key", "rotate"}}) {
            auto arguments = before;
            arguments.push_back(typed.c_str());
            EXPECT_THAT(usage_error(arguments), HasSubstr("a token is never an argument; 'warder token verify' reads it from standard input"))
                << typed << " after " << testing::PrintToString(before);
            EXPECT_THAT(usage_error(arguments), Not(HasSubstr("eyJ")));
        }
}

TEST(ExplainUsageError, RepeatsAWordThatOnlyContainsTheLettersOfATokenInside) {
    EXPECT_THAT(usage_error({"user", "list", "keyJohn"}), HasSubstr(R"(unexpected argument "keyJohn")"));
}

TEST(ExplainUsageError, DoesNotRepeatTheValueOfAnUnknownOption) {
    for (auto const* typed : {"--password=hunter2", "--password:hunter2", "--pw:hunter2", "--frobnicate=hunter2", "--frobnicate:hunter2", "-phunter2",
                              "-p:hunter2", "--password-stdin=hunter2", "--password-stdin:hunter2", "--jwt=hunter2"})
        EXPECT_THAT(usage_error({"user", "passwd", "bob", typed}), Not(HasSubstr("hunter2"))) << typed;
    EXPECT_THAT(usage_error({"user", "passwd", "bob", "--password:hunter2"}), HasSubstr("a password is never an argument"));
}

TEST(ExplainUsageError, SaysHowAKnownOptionTakesItsValue) {
    EXPECT_EQ(usage_error({"token", "list", "--user:bob"}),
              R"("warder token list": the value of the option "--user" must follow a space or an equals sign)");
    EXPECT_EQ(usage_error({"token", "list", "--json=maybe"}), R"("warder token list": the option "--json" takes no value)");
}

TEST(ExplainUsageError, DoesNotRepeatAnArgumentThatMayBeASecret) {
    for (auto const& command :
         {std::vector<char const*>{"user", "add"}, {"user", "passwd"}, {"user", "set"}, {"token", "verify"}, {"import", "specter"}}) {
        auto arguments = command;
        arguments.insert(arguments.end(), {"bob", "hunter2", "hunter22"});
        EXPECT_THAT(usage_error(arguments), Not(HasSubstr("hunter2"))) << testing::PrintToString(command);
        EXPECT_THAT(usage_error(arguments), HasSubstr("is never an argument; "));
    }
}

TEST(ExplainUsageError, SaysThatAFlagTakesNoEmptyValue) {
    EXPECT_EQ(usage_error({"token", "list", "--json="}), R"("warder token list": the option "--json" takes no value)");
}

TEST(ExplainUsageError, ReportsAMissingValueOfTheLastOption) {
    EXPECT_THAT(usage_error({"token", "list", "--user"}), HasSubstr("--user"));
    EXPECT_THAT(usage_error({"token", "list", "--user"}), EndsWith("; 'warder token list --help' shows the usage"));
}

TEST(ExplainUsageError, ReportsWhatTheParserRejectsAboutKnownOptions) {
    EXPECT_THAT(usage_error({"audit", "--limit", "many"}), AllOf(StartsWith("--limit: "), EndsWith("; 'warder audit --help' shows the usage")));
    EXPECT_THAT(usage_error({"audit", "--limit", "\x1b"}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace warder::app
