// SPDX-License-Identifier: MIT
#include "app/commands/first_admin.hpp"

#include "app/commands/initial_password.hpp"
#include "authority/wait.hpp"
#include "crypto/password.hpp"
#include "fakes.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::app {
namespace {

using authority::Change;
using authority::Reset;
using authority::ResetComplete;
using authority::UserRemoved;
using authority::UserUpserted;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr crypto::Argon2Cost kCheapCost{.memory_bytes = 65'536, .passes = 1};
constexpr std::string_view kInitial = "the initial password";

std::string cheap_hash(std::string_view password) { return crypto::hash_password(crypto::Secret{password}, kCheapCost).value(); }

Change put(std::uint8_t id, std::string name, std::string hash) {
    UserRecord user;
    user.id = UserId{id};
    user.name = std::move(name);
    user.password_hash = std::move(hash);
    return UserUpserted{std::move(user)};
}

/// The watch of a server whose administrator still has the password that is in the file.
class WatchedFirstPassword : public testing::Test {
  protected:
    WatchedFirstPassword() {
        config_.data_dir = directory_.path();
        EXPECT_TRUE(write_initial_password(config_, crypto::Secret{kInitial}));
        see({Reset{}, put(1, "admin", hash_), ResetComplete{}});
    }
    void see(std::vector<Change> const& changes) { watch_.on_changes(changes); }
    [[nodiscard]] bool has_file() const { return std::filesystem::exists(initial_password_file(config_)); }

    tests::TemporaryDirectory directory_;
    Config config_;
    std::string hash_ = cheap_hash(kInitial);
    FirstPasswordWatch watch_{directory_.path() / "initial-admin-password"};
};

TEST_F(WatchedFirstPassword, IsDeletedWhenThePasswordChanges) {
    EXPECT_TRUE(has_file());
    see({put(1, "admin", cheap_hash("another password"))});
    EXPECT_FALSE(has_file());
}

TEST_F(WatchedFirstPassword, IsKeptWhileTheHashIsUpgradedOrOtherFieldsChange) {
    see({put(1, "admin", hash_)});
    see({put(1, "admin", cheap_hash(kInitial))});
    see({put(1, "Admin", cheap_hash(kInitial))});
    EXPECT_TRUE(has_file());
}

TEST_F(WatchedFirstPassword, IsKeptWhenOtherUsersChange) {
    see({put(2, "administrator", cheap_hash("another password")), put(2, "bob", cheap_hash("yet another")), UserRemoved{UserId{2}}});
    EXPECT_TRUE(has_file());
}

TEST_F(WatchedFirstPassword, IsDeletedWithTheUser) {
    see({UserRemoved{UserId{1}}});
    EXPECT_FALSE(has_file());
}

TEST_F(WatchedFirstPassword, IsDeletedWhenAnotherUserTakesTheName) {
    see({put(2, "ADMIN", cheap_hash("another password"))});
    EXPECT_FALSE(has_file());
}

TEST_F(WatchedFirstPassword, IsKeptIfTheUserIsInANewSnapshot) {
    see({Reset{}, put(2, "bob", "hash"), put(1, "admin", hash_), ResetComplete{}});
    EXPECT_TRUE(has_file());
}

TEST_F(WatchedFirstPassword, IsDeletedIfTheUserIsMissingInANewSnapshot) {
    see({Reset{}, put(2, "bob", "hash")});
    EXPECT_TRUE(has_file()) << "the snapshot is not complete";
    see({ResetComplete{}});
    EXPECT_FALSE(has_file());
}

TEST(FirstPasswordWatch, KeepsTheFileOfAStoreThatHasNoAdministratorYet) {
    tests::TemporaryDirectory const directory;
    Config config;
    config.data_dir = directory.path();
    ASSERT_TRUE(write_initial_password(config, crypto::Secret{kInitial}));
    FirstPasswordWatch watch{initial_password_file(config)};
    watch.on_changes(std::vector<Change>{Reset{}, ResetComplete{}, put(1, "admin", cheap_hash(kInitial))});
    EXPECT_TRUE(std::filesystem::exists(initial_password_file(config)));
}

/// Sets WARDER_ADMIN_PASSWORD and takes it.
std::optional<std::string> password_taken_from(char const* value) {
    ::setenv("WARDER_ADMIN_PASSWORD", value, 1);
    auto const password = take_password_from_environment();
    EXPECT_EQ(std::getenv("WARDER_ADMIN_PASSWORD"), nullptr);
    return password ? std::optional{std::string{password->view()}} : std::nullopt;
}

TEST(TakePasswordFromEnvironment, RemovesOneNewlineAtTheEnd) {
    EXPECT_EQ(password_taken_from("correct horse"), "correct horse");
    EXPECT_EQ(password_taken_from("correct horse\n"), "correct horse");
    EXPECT_EQ(password_taken_from("correct horse\r\n"), "correct horse");
    EXPECT_EQ(password_taken_from("correct horse\n\n"), "correct horse\n");
    EXPECT_EQ(password_taken_from("correct horse\r"), "correct horse\r");
    EXPECT_EQ(password_taken_from("\ncorrect horse"), "\ncorrect horse");
}

TEST(TakePasswordFromEnvironment, DistinguishesAnEmptyPasswordFromNone) {
    EXPECT_EQ(password_taken_from(""), "");
    EXPECT_EQ(password_taken_from("\n"), "");
    EXPECT_FALSE(take_password_from_environment());
}

TEST(TakePasswordFromEnvironment, WipesTheValue) {
    ::setenv("WARDER_ADMIN_PASSWORD", "correct horse", 1);
    // glibc leaves the text of a removed variable where it is, so that it can be examined here.
    auto const* const value = std::getenv("WARDER_ADMIN_PASSWORD");
    ASSERT_TRUE(take_password_from_environment());
    EXPECT_EQ((std::string{value, 13}), std::string(13, '\0'));
}

TEST(ValidateFirstPassword, AcceptsNoneAndAUsableOne) {
    EXPECT_TRUE(validate_first_password(std::nullopt));
    EXPECT_TRUE(validate_first_password(crypto::Secret{"correct horse"}));
}

TEST(ValidateFirstPassword, RejectsAnUnusableOneWithoutRepeatingIt) {
    for (auto const& given : {std::string{}, std::string{"hunter2"}, "hunter2" + std::string(1'024, 'x'), std::string{"hunter2 hunter2\n"},
                              std::string{"hunter2 \xFF hunter2"}, std::string{"hunter2\0hunter2", 15}}) {
        auto const usable = validate_first_password(crypto::Secret{given});
        ASSERT_FALSE(usable) << given;
        EXPECT_THAT(usable.error(), AllOf(StartsWith("WARDER_ADMIN_PASSWORD: "), EndsWith(" Nothing was created."), Not(HasSubstr("hunter2"))));
    }
}

/// A first start on an empty store, without a terminal.
class FirstStart : public testing::Test {
  protected:
    FirstStart() {
        config_.data_dir = directory_.path();
        testing::internal::CaptureStdout();
    }
    ~FirstStart() override { static_cast<void>(testing::internal::GetCapturedStdout()); }

    std::expected<void, std::string> make(std::optional<std::string_view> given, store::OpenMode mode = store::OpenMode::kCreate) {
        return make_first_admin(config_, *instance_, hasher_, given ? std::optional{crypto::Secret{*given}} : std::nullopt, mode);
    }
    std::vector<UserRecord> users() {
        return authority::wait<std::vector<UserRecord>>([this](auto done) { instance_->authority().list_users(std::move(done)); }).value();
    }
    /// Returns whether the password in the file is the user's.
    [[nodiscard]] bool file_matches(UserRecord const& user) const { return is_initial_password(initial_password_file(config_), user.password_hash); }
    [[nodiscard]] bool has_file() const { return std::filesystem::exists(initial_password_file(config_)); }

    tests::TemporaryDirectory directory_;
    tests::CountingRandom random_;
    Config config_;
    std::unique_ptr<runtime::Instance> instance_ =
        runtime::Instance::open({.data_dir = directory_.path(), .store = store::SqlitePath{directory_.path() / "warder.db"}, .tokens = {}},
                                crypto::KeyRing::make(random_, std::chrono::sys_seconds{std::chrono::seconds{1'800'000'000}}),
                                store::OpenMode::kCreate)
            .value();
    authority::PasswordHasher hasher_{{.cost = kCheapCost}};
};

TEST_F(FirstStart, WritesAGeneratedPasswordThatIsTheAdministrators) {
    ASSERT_TRUE(make(std::nullopt));
    ASSERT_EQ(users().size(), 1U);
    EXPECT_EQ(users()[0].name, "admin");
    EXPECT_TRUE(users()[0].is_admin);
    EXPECT_TRUE(file_matches(users()[0]));
    EXPECT_EQ(std::filesystem::status(initial_password_file(config_)).permissions(), std::filesystem::perms{0600});
}

TEST_F(FirstStart, TakesAGivenPasswordAndDeletesAnOldFile) {
    ASSERT_TRUE(write_initial_password(config_, crypto::Secret{kInitial}));
    ASSERT_TRUE(make("correct horse"));
    ASSERT_EQ(users().size(), 1U);
    EXPECT_EQ(crypto::matches(crypto::Secret{"correct horse"}, users()[0].password_hash), crypto::Match::kYes);
    EXPECT_FALSE(has_file());
}

TEST_F(FirstStart, ReplacesTheFileOfAnInterruptedStart) {
    ASSERT_TRUE(write_initial_password(config_, crypto::Secret{kInitial}));
    ASSERT_TRUE(make(std::nullopt));
    EXPECT_TRUE(file_matches(users().at(0)));
    EXPECT_EQ(crypto::matches(crypto::Secret{kInitial}, users().at(0).password_hash), crypto::Match::kNo);
}

TEST_F(FirstStart, CreatesNothingWithAnUnusablePassword) {
    auto const made = make("hunter2");
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error(), AllOf(EndsWith(" Nothing was created."), Not(HasSubstr("hunter2"))));
    EXPECT_TRUE(users().empty());
    EXPECT_FALSE(has_file());
}

TEST_F(FirstStart, CreatesNothingInARequiredStoreThatIsEmpty) {
    auto const made = make("correct horse", store::OpenMode::kRequired);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error(), "store " + (directory_.path() / "warder.db").string() + ": " + store::kStoreIsMissing);
    EXPECT_TRUE(users().empty());
}

TEST_F(FirstStart, CreatesNothingIfThePasswordFileCannotBeWritten) {
    std::filesystem::create_directory(initial_password_file(config_));
    auto const made = make(std::nullopt);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error(), StartsWith(initial_password_file(config_).string() + ": can't be written: "));
    EXPECT_TRUE(users().empty());
}

TEST_F(FirstStart, ChangesNothingIfTheStoreHasUsers) {
    ASSERT_TRUE(make("correct horse"));
    auto const before = users();
    ASSERT_TRUE(make("another password"));
    ASSERT_TRUE(make("short")) << "an ignored password is not validated";
    ASSERT_TRUE(make(std::nullopt, store::OpenMode::kRequired));
    ASSERT_EQ(users().size(), 1U);
    EXPECT_EQ(users()[0].password_hash, before.at(0).password_hash);
    EXPECT_FALSE(has_file());
}

}  // namespace
}  // namespace warder::app
