// SPDX-License-Identifier: MIT
#include "authority/directory.hpp"

#include <gtest/gtest.h>

namespace warder::authority {
namespace {

UserRecord user(std::int64_t id, std::string name, std::string hash = "hash") {
    UserRecord record;
    record.id = UserId{id};
    record.name = std::move(name);
    record.password_hash = std::move(hash);
    return record;
}

TEST(Directory, FindsIgnoringCaseAndKeepsTheSpelling) {
    Directory directory;
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

TEST(Directory, ReplacesAUserThatIsPutAgain) {
    Directory directory;
    directory.put(user(7, "alice", "old"));
    directory.put(user(7, "alice", "new"));
    ASSERT_TRUE(directory.find("alice").has_value());
    EXPECT_EQ(directory.find("alice")->password_hash, "new");
}

TEST(Directory, ForgetsTheOldNameOfAUser) {
    Directory directory;
    directory.put(user(7, "alice"));
    directory.put(user(7, "alicia"));
    EXPECT_FALSE(directory.find("alice").has_value());
    EXPECT_TRUE(directory.find("alicia").has_value());
}

TEST(Directory, ErasesByIdAndSparesALaterUserOfThatName) {
    Directory directory;
    directory.put(user(7, "alice"));
    directory.put(user(8, "Alice"));
    directory.erase(UserId{7});
    ASSERT_TRUE(directory.find("alice").has_value());
    EXPECT_EQ(directory.find("alice")->id, UserId{8});
    directory.erase(UserId{9});
    directory.erase(UserId{8});
    EXPECT_FALSE(directory.find("alice").has_value());
}

TEST(Directory, ForgetsEverybodyWhenCleared) {
    Directory directory;
    directory.put(user(7, "alice"));
    directory.clear();
    EXPECT_FALSE(directory.find("alice").has_value());
    directory.put(user(7, "bob"));
    EXPECT_TRUE(directory.find("bob").has_value());
}

}  // namespace
}  // namespace warder::authority
