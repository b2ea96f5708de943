// SPDX-License-Identifier: MIT
#include "authority/real_store.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "cli/command_line.hpp"
#include "cli/output/terminal.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace warder::cli {
namespace {

struct Output {
    int code;
    std::string out, err;
};

/// Command lines on a real store, and their output.
class Commands : public tests::RealStore {
  protected:
    Output run(std::vector<std::string> arguments) {
        CLI::App program;
        Action chosen;
        CommandLine const commands{program, chosen, [this](StoreOptions const& options, Effect, auto const& command) {
                                       return command({.authority = authority_,
                                                       .hasher = hasher_,
                                                       .clock = clock_,
                                                       .random = random_,
                                                       .principal = operator_,
                                                       .is_json = options.is_json});
                                   }};
        declare_user_commands(commands);
        declare_token_commands(commands);
        std::ranges::reverse(arguments);  // CLI11 takes the arguments from the end
        program.parse(arguments);
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        auto const code = report(chosen());
        std::fflush(stdout);
        return {.code = code, .out = testing::internal::GetCapturedStdout(), .err = testing::internal::GetCapturedStderr()};
    }

    authority::PasswordHasher hasher_{{}};
};

TEST_F(Commands, CreateTokenPrintsTheTokenAndItsIdSeparately) {
    add_user("alice");
    auto const output = run({"token", "create", "--user", "ALICE", "--description", "ci", "--life", "6 minutes"});
    EXPECT_EQ(output.code, kSuccess);
    EXPECT_TRUE(output.out.starts_with("eyJ")) << output.out;
    EXPECT_EQ(output.out.find('\n'), output.out.size() - 1);
    EXPECT_TRUE(TokenId::parse(output.err.substr(0, TokenId::kTextLength))) << output.err;
}

TEST_F(Commands, CreateTokenPrintsTheApiObjectAsJson) {
    add_user("alice");
    auto const output = run({"token", "create", "--json", "--user", "alice", "--description", "ci", "--life", "1.5 s"});
    auto const object = boost::json::parse(output.out).as_object();
    EXPECT_EQ(object.at("message"), "Token generated");
    EXPECT_EQ(object.at("jwt_token_life"), 1.5);
    EXPECT_EQ(object.size(), 5U);
    EXPECT_EQ(output.err, "");
}

TEST_F(Commands, RejectedCommandsPrintOnlyAnError) {
    auto const alice = add_user("alice");
    auto const id = mint(alice, "one")->record.id.text();
    for (auto const& command : std::vector<std::vector<std::string>>{
             {"token", "create", "--json", "--user", "alice", "--description", "one", "--life", "1 h"},
             {"token", "create", "--user", "alice", "--description", "two", "--life", "fortnight"},
             {"token", "create", "--user", "nobody", "--description", "two", "--life", "1 h"},
             {"token", "create", "--user", "alice", "--description", "two", "--life", "1 h", "--endpoint", "GET"},
             {"user", "set", "alice", "--endpoint", "/a", "--endpoint", "b /c"},
             {"token", "list", "--json", "--user", ""},
             {"token", "show", "nonsense"},
             {"token", "renew", id, "--life", ""},
             {"token", "renew", id, "--overlap", "-1 s"},
             {"token", "revoke", "--json", ""},
             {"user", "set", "--json", "nobody", "--admin", "true"},
             {"user", "delete", ""},
         }) {
        auto const output = run(command);
        EXPECT_EQ(output.code, kFailure);
        EXPECT_EQ(output.out, "");
        EXPECT_TRUE(output.err.starts_with("warder: ")) << output.err;
        EXPECT_EQ(output.err.find('\n'), output.err.size() - 1) << output.err;
    }
}

TEST_F(Commands, ListTokensPrintsAnEmptyObjectWithoutTokens) {
    EXPECT_EQ(run({"token", "list", "--json"}).out, "{\"message\":\"Tokens exists\",\"jwt_tokens\":{}}\n");
    EXPECT_EQ(run({"token", "list"}).out, "");
}

TEST_F(Commands, ShowTokenPrintsRemainingLifetimeOrExpired) {
    auto const id = mint(add_user("alice"), "one", Seconds{60})->record.id.text();
    EXPECT_NE(run({"token", "show", id}).out.find("\nStatus       expires in 1 minute\n"), std::string::npos);
    EXPECT_NE(run({"token", "list"}).out.find("  alice  one          expires in 1 minute  "), std::string::npos);
    clock_.advance(std::chrono::seconds{60});
    EXPECT_NE(run({"token", "show", id}).out.find("\nStatus       expired just now\n"), std::string::npos);
    auto const object = boost::json::parse(run({"token", "show", "--json", id}).out).as_object();
    EXPECT_EQ(object.at("expiry_status"), "Expired");
    EXPECT_EQ(object.at("jwt_token_life_remaining"), 0);
}

}  // namespace
}  // namespace warder::cli
