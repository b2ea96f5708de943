// SPDX-License-Identifier: MIT
#include "index/user_directory.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

namespace warder::index {
namespace {

UserRecord user(std::int64_t id, std::string name, std::string hash = "hash") {
    UserRecord record;
    record.id = UserId{id};
    record.name = std::move(name);
    record.password_hash = std::move(hash);
    return record;
}

TEST(UserDirectory, FindsNamesInAnyCaseAndKeepsTheSpelling) {
    UserDirectory directory;
    auto alice = user(7, "Alice", "the hash");
    alice.is_admin = true;
    directory.put(alice);
    for (auto const* name : {"Alice", "alice", "ALICE"}) {
        auto const found = directory.find(name);
        ASSERT_TRUE(found.has_value()) << name;
        EXPECT_EQ(found->id, UserId{7});
        EXPECT_EQ(found->name, "Alice");
        EXPECT_EQ(found->password_hash, "the hash");
        EXPECT_TRUE(found->is_admin);
    }
    EXPECT_FALSE(directory.find("alic").has_value());
    EXPECT_FALSE(directory.find("").has_value());
}

TEST(UserDirectory, FindsAUserByTheirIdOnly) {
    UserDirectory directory;
    directory.put(user(7, "alice"));
    ASSERT_TRUE(directory.find(UserId{7}).has_value());
    EXPECT_EQ(directory.find(UserId{7})->name, "alice");
    directory.put(user(8, "ALICE"));
    EXPECT_FALSE(directory.find(UserId{7}).has_value()) << "a later user has the name";
    EXPECT_EQ(directory.find(UserId{8})->name, "ALICE");
    directory.erase(UserId{8});
    EXPECT_FALSE(directory.find(UserId{8}).has_value());
}

TEST(UserDirectory, ReplacesAUserThatIsPutAgain) {
    UserDirectory directory;
    directory.put(user(7, "alice", "old"));
    directory.put(user(7, "alice", "new"));
    ASSERT_TRUE(directory.find("alice").has_value());
    EXPECT_EQ(directory.find("alice")->password_hash, "new");
}

TEST(UserDirectory, DoesNotFindTheOldNameOfARenamedUser) {
    UserDirectory directory;
    directory.put(user(7, "alice"));
    directory.put(user(7, "alicia"));
    EXPECT_FALSE(directory.find("alice").has_value());
    EXPECT_TRUE(directory.find("alicia").has_value());
}

TEST(UserDirectory, EraseByIdKeepsALaterUserWithTheSameName) {
    UserDirectory directory;
    directory.put(user(7, "alice"));
    directory.put(user(8, "Alice"));
    directory.erase(UserId{7});
    ASSERT_TRUE(directory.find("alice").has_value());
    EXPECT_EQ(directory.find("alice")->id, UserId{8});
    directory.erase(UserId{9});
    directory.erase(UserId{8});
    EXPECT_FALSE(directory.find("alice").has_value());
}

TEST(UserDirectory, ReloadRemovesUsersThatWereNotPutAgain) {
    UserDirectory directory;
    directory.put(user(7, "alice"));
    directory.put(user(8, "bob"));
    directory.put(user(9, "carol"));
    directory.begin_reload();
    directory.put(user(8, "bob", "another"));
    directory.put(user(10, "carol"));
    EXPECT_TRUE(directory.find("alice").has_value());
    EXPECT_EQ(directory.find("bob")->password_hash, "another");
    directory.end_reload();
    EXPECT_FALSE(directory.find("alice").has_value());
    EXPECT_TRUE(directory.find("bob").has_value());
    EXPECT_EQ(directory.find("carol")->id, UserId{10}) << "the name belongs to the later user";
    directory.put(user(7, "alice"));
    directory.end_reload();
    EXPECT_TRUE(directory.find("alice").has_value()) << "no reload is in progress";
}

TEST(UserDirectory, BeginReloadRestartsAnUnfinishedReload) {
    UserDirectory directory;
    directory.put(user(7, "alice"));
    directory.begin_reload();
    directory.put(user(7, "alice"));
    directory.begin_reload();
    directory.put(user(8, "bob"));
    directory.end_reload();
    EXPECT_FALSE(directory.find("alice").has_value());
    EXPECT_TRUE(directory.find("bob").has_value());
}

std::string argon2_hash(unsigned kibibytes) { return "$argon2id$v=19$m=" + std::to_string(kibibytes) + ",t=2,p=1$c2FsdA$aGFzaA"; }

/// Returns how many of 100 evenly spaced draws yield this cost in KiB; 0 means no cost.
int draws(UserDirectory const& directory, std::size_t kibibytes) {
    int count = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
        auto const cost = directory.draw_cost(i * (UINT64_MAX / 100) + UINT64_MAX / 200);
        count += (cost ? cost->memory_bytes >> 10U : 0) == kibibytes ? 1 : 0;
    }
    return count;
}

TEST(UserDirectory, DrawsCostsInProportionToTheirUsers) {
    UserDirectory directory;
    EXPECT_EQ(directory.draw_cost(7), std::nullopt);
    for (int id = 0; id < 10; ++id) directory.put(user(id, "dear" + std::to_string(id), argon2_hash(65536)));
    EXPECT_EQ(draws(directory, 65536), 100);
    for (int id = 10; id < 15; ++id) directory.put(user(id, "cheap" + std::to_string(id), argon2_hash(8192)));
    for (int id = 15; id < 20; ++id) directory.put(user(id, "imported" + std::to_string(id), "$specter-pbkdf2$c2FsdA==$aGFzaA=="));
    EXPECT_EQ(draws(directory, 65536), 50);
    EXPECT_EQ(draws(directory, 8192), 25);
    EXPECT_EQ(draws(directory, 0), 25);
}

TEST(UserDirectory, UpdatesTheCostsWhenUsersChange) {
    UserDirectory directory;
    for (int id = 0; id < 4; ++id) directory.put(user(id, "user" + std::to_string(id), argon2_hash(65536)));
    directory.put(user(0, "user0", argon2_hash(8192)));  // rehashed at a sign-in
    EXPECT_EQ(draws(directory, 8192), 25);
    directory.put(user(1, "renamed", argon2_hash(8192)));
    EXPECT_EQ(draws(directory, 8192), 50);
    directory.erase(UserId{1});
    directory.erase(UserId{0});
    EXPECT_EQ(draws(directory, 65536), 100);
    directory.put(user(9, "without a password", ""));
    EXPECT_EQ(draws(directory, 65536), 100);
    directory.begin_reload();
    directory.end_reload();
    EXPECT_EQ(directory.draw_cost(7), std::nullopt);
}

TEST(UserDirectory, DrawStaysTheSameWhenOtherUsersAreAdded) {
    UserDirectory directory;
    for (int id = 0; id < 50; ++id) directory.put(user(id, "dear" + std::to_string(id), argon2_hash(65536)));
    for (int id = 50; id < 100; ++id) directory.put(user(id, "cheap" + std::to_string(id), argon2_hash(8192)));
    auto const before = directory.draw_cost(UINT64_MAX / 4);
    for (int id = 100; id < 120; ++id) directory.put(user(id, "new" + std::to_string(id), argon2_hash(8192)));
    EXPECT_EQ(directory.draw_cost(UINT64_MAX / 4), before);
}

}  // namespace
}  // namespace warder::index
