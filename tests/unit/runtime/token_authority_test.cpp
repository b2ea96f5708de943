// SPDX-License-Identifier: MIT
#include "warder/token_authority.hpp"

#include "runtime/data_directory.hpp"
#include "runtime/keys/key_file.hpp"
#include "runtime/system_ports.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace warder {
namespace {

using authority::Error;
using authority::TokenError;
using testing::HasSubstr;

constexpr std::string_view kPassword = "a good password";

class TokenAuthorityTest : public testing::Test {
  protected:
    [[nodiscard]] std::expected<TokenAuthority, std::string> open(bool create = true) const {
        return TokenAuthority::open({.data_dir = data_dir_, .create_if_missing = create, .password_memory = 8192, .password_passes = 1});
    }
    [[nodiscard]] TokenAuthority open_with_alice() const {
        auto tokens = open().value();
        EXPECT_TRUE(tokens.add_user("alice", kPassword));
        return tokens;
    }
    static authority::MintedToken mint(TokenAuthority& tokens, std::string description) {
        return tokens.add_token("alice", {.description = std::move(description), .lifetime = Seconds{360}}).value();
    }
    /// Returns the error; nullopt for a token that is accepted.
    std::optional<TokenError> error_of(TokenAuthority const& tokens, std::string_view token) {
        auto const verified = tokens.verify(token);
        return verified ? std::nullopt : std::optional{verified.error()};
    }
    void rotate_keys() const {
        auto const file = runtime::key_file(data_dir_);
        runtime::SystemRandom random;
        auto const ring = runtime::load_key_ring(file).value();
        ASSERT_TRUE(runtime::save_key_ring(file, ring.rotated(random, Instant{std::chrono::seconds{1}})));
    }

    tests::TemporaryDirectory directory_;
    std::filesystem::path data_dir_ = directory_.path() / "data";
};

TEST_F(TokenAuthorityTest, CreatesADataDirectoryOnlyWhenRequested) {
    auto const refused = open(false);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr("keys.json"));
    EXPECT_FALSE(std::filesystem::exists(data_dir_));
    ASSERT_TRUE(open(true));
    EXPECT_TRUE(open(false));
}

TEST_F(TokenAuthorityTest, RejectsAnUnknownStoreUrl) {
    EXPECT_THAT(TokenAuthority::open({.data_dir = data_dir_, .store = "mysql://x", .create_if_missing = true}).error(),
                HasSubstr(R"("sqlite:PATH", "users-json:PATH")"));
    auto const shared = TokenAuthority::open({.data_dir = data_dir_, .store = "postgresql://me:hunter2@db", .create_if_missing = true});
    EXPECT_THAT(shared.error(), HasSubstr("the library opens local stores"));
    EXPECT_FALSE(std::filesystem::exists(data_dir_));
}

TEST_F(TokenAuthorityTest, RejectsADataDirectoryAccessibleByOthers) {
    ASSERT_TRUE(open());
    ASSERT_EQ(::chmod(data_dir_.c_str(), 0750), 0);
    EXPECT_THAT(open().error(), HasSubstr("chmod 700"));
}

TEST_F(TokenAuthorityTest, CreatesNoKeysForAnExistingStore) {
    ASSERT_TRUE(open());
    std::filesystem::remove(runtime::key_file(data_dir_));
    EXPECT_THAT(open().error(), HasSubstr("restore the key file"));
}

TEST_F(TokenAuthorityTest, AddsGetsListsEditsRenewsAndDeletesTokens) {
    auto tokens = open_with_alice();
    auto const one = mint(tokens, "one");
    auto const two = mint(tokens, "two");
    EXPECT_EQ(error_of(tokens, one.text), std::nullopt);
    EXPECT_EQ(tokens.get_token(one.record.id).value().owner_name, "alice");
    EXPECT_EQ(tokens.list_tokens().value().tokens.size(), 2U);
    EXPECT_EQ(tokens.list_tokens({.owner = std::string{"alice"}, .after = one.record.id, .limit = {}}).value().tokens.front().record.id,
              two.record.id);
    EXPECT_EQ(tokens.edit_token(one.record.id, {.description = "uno"}).value().record.description, "uno");
    std::string description;
    EXPECT_TRUE(tokens.verify(one.text, description).value().is_edited);
    EXPECT_EQ(description, "one") << "as minted";

    auto const successor = tokens.renew_token(one.record.id).value();
    EXPECT_EQ(error_of(tokens, one.text), TokenError::kNotRegistered);
    EXPECT_EQ(error_of(tokens, successor.text), std::nullopt);
    ASSERT_TRUE(tokens.delete_token(successor.record.id));
    EXPECT_EQ(error_of(tokens, successor.text), TokenError::kNotRegistered);
    EXPECT_EQ(tokens.delete_token(successor.record.id).error(), Error::kTokenNotFound);
    EXPECT_EQ(tokens.purge().value(), 0);
}

TEST_F(TokenAuthorityTest, ManagesUsersAndEnforcesTheirRules) {
    auto tokens = open().value();
    EXPECT_EQ(tokens.add_user("alice", "short").error(), Error::kPasswordTooShort);
    auto const grants = GrantList::parse(std::vector<std::string>{"GET /a/**"}).value();
    ASSERT_TRUE(tokens.add_user("alice", kPassword, {.is_admin = true, .ceiling = grants}));
    EXPECT_EQ(tokens.add_user("Alice", kPassword).error(), Error::kUserExists);
    EXPECT_EQ(*tokens.get_user("ALICE").value().ceiling, *grants);
    auto const token = mint(tokens, "one");
    EXPECT_TRUE(tokens.verify(token.text).value().is_scoped);
    EXPECT_FALSE(tokens.edit_user("alice", {.is_admin = {}, .ceiling = Grants{}}).value().ceiling);
    EXPECT_FALSE(tokens.verify(token.text).value().is_scoped);

    auto const before = tokens.get_user("alice").value().password_hash;
    ASSERT_TRUE(tokens.set_password("alice", "another password"));
    EXPECT_NE(tokens.get_user("alice").value().password_hash, before);
    EXPECT_EQ(tokens.set_password("alice", std::string(1025, 'x')).error(), Error::kPasswordTooLong);
    EXPECT_EQ(tokens.delete_user("alice").error(), Error::kLastAdmin);
    ASSERT_TRUE(tokens.add_user("root", kPassword, {.is_admin = true}));
    ASSERT_TRUE(tokens.delete_user("alice"));
    EXPECT_EQ(error_of(tokens, token.text), TokenError::kNotRegistered);
    EXPECT_EQ(tokens.list_users().value().size(), 1U);
}

TEST_F(TokenAuthorityTest, RejectsADisabledTokenUntilItIsEnabled) {
    auto tokens = open_with_alice();
    auto const paused = tokens.add_token("alice", {.description = "one", .lifetime = Seconds{360}, .policy = {.is_enabled = false}}).value();
    EXPECT_EQ(error_of(tokens, paused.text), TokenError::kDisabled);
    ASSERT_TRUE(tokens.edit_token(paused.record.id, {.description = {}, .policy = {.is_enabled = true}}));
    EXPECT_EQ(error_of(tokens, paused.text), std::nullopt);
    ASSERT_TRUE(tokens.edit_token(paused.record.id, {.description = {}, .policy = {.is_enabled = false}}));
    EXPECT_EQ(error_of(tokens, paused.text), TokenError::kDisabled);
}

TEST_F(TokenAuthorityTest, AcceptsATokenOnlyFromTheAddressesOfItsPolicyAsItIsNow) {
    auto tokens = open_with_alice();
    auto const networks = [](std::string text) { return NetworkList::parse(std::vector<std::string>{std::move(text)}).value(); };
    auto const minted =
        tokens.add_token("alice", {.description = "one", .lifetime = Seconds{360}, .policy = {.allowed_from = networks("10.0.0.0/8")}}).value();
    auto const token = tokens.verify(minted.text).value();
    EXPECT_TRUE(token.is_restricted);
    EXPECT_TRUE(tokens.accepts_from(token, *parse_address("10.1.2.3")));
    EXPECT_FALSE(tokens.accepts_from(token, *parse_address("192.0.2.1")));
    ASSERT_TRUE(tokens.edit_token(minted.record.id, {.description = {}, .policy = {.allowed_from = networks("192.0.2.0/24")}}));
    EXPECT_FALSE(tokens.accepts_from(token, *parse_address("10.1.2.3")));
    EXPECT_TRUE(tokens.accepts_from(token, *parse_address("192.0.2.1")));
    ASSERT_TRUE(tokens.edit_token(minted.record.id, {.description = {}, .policy = {.allowed_from = Networks{}}}));
    EXPECT_TRUE(tokens.accepts_from(token, *parse_address("10.1.2.3")));
    auto const unrestricted = tokens.verify(minted.text).value();
    EXPECT_FALSE(unrestricted.is_restricted);
    ASSERT_TRUE(tokens.edit_token(minted.record.id, {.description = {}, .policy = {.allowed_from = networks("192.0.2.0/24")}}));
    EXPECT_FALSE(tokens.accepts_from(unrestricted, *parse_address("10.1.2.3"))) << "restricted after it was verified";
    ASSERT_TRUE(tokens.delete_token(minted.record.id));
    EXPECT_FALSE(tokens.accepts_from(token, *parse_address("10.1.2.3")));
}

TEST_F(TokenAuthorityTest, LeavesCountingOfARateLimitToServers) {
    auto tokens = open_with_alice();
    auto const limit = RateLimit::parse("1/day");
    auto const minted = tokens.add_token("alice", {.description = "one", .lifetime = Seconds{360}, .policy = {.rate_limit = limit}}).value();
    EXPECT_EQ(tokens.get_token(minted.record.id).value().record.policy.rate_limit, limit);
    for (int i = 0; i < 3; ++i) {
        auto const token = tokens.verify(minted.text).value();
        EXPECT_TRUE(token.is_restricted);
        EXPECT_TRUE(tokens.accepts_from(token, *parse_address("192.0.2.1")));
    }
}

TEST_F(TokenAuthorityTest, KeepsTokensWhenReopened) {
    auto const token = [this] {
        auto tokens = open_with_alice();
        return mint(tokens, "one");
    }();
    EXPECT_EQ(error_of(open(false).value(), token.text), std::nullopt);
}

TEST_F(TokenAuthorityTest, RemainsUsableAfterAMove) {
    auto tokens = open_with_alice();
    auto& authority = tokens.authority();
    auto const moved = std::make_unique<TokenAuthority>(std::move(tokens));
    EXPECT_EQ(&moved->authority(), &authority);
    EXPECT_EQ(error_of(*moved, mint(*moved, "one").text), std::nullopt);
}

TEST_F(TokenAuthorityTest, ReadAgainAppliesChangesOfAnotherProcess) {
    auto one = open_with_alice();
    auto const token = mint(one, "one");
    auto reader = open().value();
    auto const late = mint(one, "late");
    ASSERT_TRUE(reader.reload());
    EXPECT_EQ(error_of(reader, late.text), std::nullopt);
    ASSERT_TRUE(one.delete_token(late.record.id));
    ASSERT_TRUE(reader.reload());
    EXPECT_EQ(error_of(reader, late.text), TokenError::kNotRegistered);
    EXPECT_EQ(error_of(reader, token.text), std::nullopt);
}

TEST_F(TokenAuthorityTest, SignsWithTheCurrentKeyAfterARotation) {
    auto tokens = open_with_alice();
    auto const old = mint(tokens, "old");
    rotate_keys();
    auto const renewed = mint(tokens, "new");
    EXPECT_NE(renewed.record.key_id, old.record.key_id);
    rotate_keys();
    EXPECT_NE(tokens.renew_token(renewed.record.id).value().record.key_id, renewed.record.key_id);
    EXPECT_EQ(error_of(tokens, old.text), std::nullopt);
}

TEST_F(TokenAuthorityTest, VerifyFindsAKeyAddedAfterOpening) {
    auto one = open_with_alice();
    auto const reader = open().value();
    rotate_keys();
    auto const token = mint(one, "one");
    // The change of the store may not have arrived yet, which is a different error than an unknown key.
    EXPECT_NE(error_of(reader, token.text), TokenError::kUnknownKey);
}

}  // namespace
}  // namespace warder
