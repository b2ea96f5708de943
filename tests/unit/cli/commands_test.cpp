// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"

#include "authority/real_store.hpp"
#include "authority/sign_in/password_hasher.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <string>

namespace warder::cli {
namespace {

struct Output {
    int code;
    std::string out, err;
};

/// Commands on a real store, and their output.
class Commands : public tests::RealStore {
  protected:
    static Output run(std::function<int()> const& command) {
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        auto const code = command();
        std::fflush(stdout);
        return {.code = code, .out = testing::internal::GetCapturedStdout(), .err = testing::internal::GetCapturedStderr()};
    }
    [[nodiscard]] CommandContext tools(bool is_json = false) {
        return {.authority = authority_, .hasher = hasher_, .clock = clock_, .principal = operator_, .is_json = is_json};
    }

    authority::PasswordHasher hasher_{{}};
};

TEST_F(Commands, CreateTokenPrintsTheTokenAndItsIdSeparately) {
    add_user("alice");
    auto const output = run([&] { return create_token(tools(), {.user = "ALICE", .description = "ci", .lifetime = "6 minutes"}); });
    EXPECT_EQ(output.code, kSuccess);
    EXPECT_TRUE(output.out.starts_with("eyJ")) << output.out;
    EXPECT_EQ(output.out.find('\n'), output.out.size() - 1);
    EXPECT_TRUE(TokenId::parse(output.err.substr(0, TokenId::kTextLength))) << output.err;
}

TEST_F(Commands, CreateTokenPrintsTheApiObjectAsJson) {
    add_user("alice");
    auto const output = run([&] { return create_token(tools(true), {.user = "alice", .description = "ci", .lifetime = "1.5 s"}); });
    auto const object = boost::json::parse(output.out).as_object();
    EXPECT_EQ(object.at("message"), "Token generated");
    EXPECT_EQ(object.at("jwt_token_life"), 1.5);
    EXPECT_EQ(object.size(), 5U);
    EXPECT_EQ(output.err, "");
}

TEST_F(Commands, RefusedCommandsPrintOnlyAnError) {
    auto const alice = add_user("alice");
    auto const id = mint(alice, "one")->record.id.text();
    auto const refused_commands = std::to_array<std::function<int()>>({
        [&] { return create_token(tools(true), {.user = "alice", .description = "one", .lifetime = "1 h"}); },
        [&] { return create_token(tools(), {.user = "alice", .description = "two", .lifetime = "fortnight"}); },
        [&] { return create_token(tools(), {.user = "nobody", .description = "two", .lifetime = "1 h"}); },
        [&] { return create_token(tools(), {.user = "alice", .description = "two", .lifetime = "1 h", .endpoints = {"GET"}}); },
        [&] { return set_user(tools(), "alice", std::nullopt, GrantTexts{"/a", "b /c"}); },
        [&] { return list_tokens(tools(true), ""); },
        [&] { return show_token(tools(), "nonsense"); },
        [&] { return renew_token(tools(), id, "", std::nullopt); },
        [&] { return renew_token(tools(), id, std::nullopt, "-1 s"); },
        [&] { return revoke_token(tools(true), ""); },
        [&] { return set_user(tools(true), "nobody", true, std::nullopt); },
        [&] { return delete_user(tools(true), ""); },
    });
    for (auto const& command : refused_commands) {
        auto const output = run(command);
        EXPECT_EQ(output.code, kFailure);
        EXPECT_EQ(output.out, "");
        EXPECT_TRUE(output.err.starts_with("warder: ")) << output.err;
        EXPECT_EQ(output.err.find('\n'), output.err.size() - 1) << output.err;
    }
}

TEST_F(Commands, ListTokensPrintsAnEmptyObjectWithoutTokens) {
    EXPECT_EQ(run([&] { return list_tokens(tools(true), std::nullopt); }).out, "{\"message\":\"Tokens exists\",\"jwt_tokens\":{}}\n");
    EXPECT_EQ(run([&] { return list_tokens(tools(), std::nullopt); }).out, "");
}

TEST_F(Commands, ShowTokenPrintsRemainingLifetimeOrExpired) {
    auto const id = mint(add_user("alice"), "one", Seconds{60})->record.id.text();
    EXPECT_NE(run([&] { return show_token(tools(), id); }).out.find("\talice\t60 s left\tone"), std::string::npos);
    clock_.advance(std::chrono::seconds{60});
    EXPECT_NE(run([&] { return show_token(tools(), id); }).out.find("\texpired\t"), std::string::npos);
    auto const object = boost::json::parse(run([&] { return show_token(tools(true), id); }).out).as_object();
    EXPECT_EQ(object.at("expiry_status"), "Expired");
    EXPECT_EQ(object.at("jwt_token_life_remaining"), 0);
}

}  // namespace
}  // namespace warder::cli
