// SPDX-License-Identifier: MIT
#include "files/posix_file.hpp"
#include "store/sqlite/location.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace warder::store {
namespace {

using testing::HasSubstr;

class SqliteReadOnly : public testing::Test {
  protected:
    /// Returns the content of each file in the directory except the shared memory, which has no content of the store.
    [[nodiscard]] std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> contents;
        for (auto const& entry : std::filesystem::directory_iterator{location_.directory()}) {
            if (entry.path().extension() == ".db-shm") continue;
            std::ifstream in{entry.path(), std::ios::binary};
            contents.emplace(entry.path().filename(), std::string{std::istreambuf_iterator<char>{in}, {}});
        }
        return contents;
    }
    static std::size_t count_users(authority::Store& store) {
        std::size_t count = 0;
        EXPECT_TRUE(tests::read(store, [&](authority::Snapshot const& s) -> authority::Result<void> {
            count = s.users->list().value().size();
            return {};
        }));
        return count;
    }
    static void add_user(authority::Store& store) {
        ASSERT_TRUE(tests::write(store, [](authority::Transaction const& t) -> authority::Result<void> {
            EXPECT_TRUE(t.users->insert({.id = {}, .name = "alice", .password_hash = "hash"}));
            return {};
        }));
    }

    tests::SqliteTestLocation location_;
};

TEST_F(SqliteReadOnly, LeavesAClosedDatabaseUnchanged) {
    add_user(*location_.open());
    auto const before = files();
    EXPECT_EQ(count_users(*location_.open_read_only()), 1U);
    EXPECT_TRUE(files() == before);
}

TEST_F(SqliteReadOnly, LeavesTheLogOfAKilledProcessUnchanged) {
    // What a killed process leaves is the files as they are while it has the database open.
    tests::SqliteTestLocation original;
    auto const store = original.open();
    add_user(*store);
    for (auto const* const suffix : {"", "-wal"}) std::filesystem::copy(files::with_suffix(original.path(), suffix), location_.directory());
    auto const before = files();
    ASSERT_FALSE(before.at("warder.db-wal").empty());
    EXPECT_EQ(count_users(*location_.open_read_only()), 1U);
    EXPECT_TRUE(files() == before);
}

TEST_F(SqliteReadOnly, LeavesTheJournalModeOfACopyUnchanged) {
    add_user(*location_.open());
    EXPECT_EQ(tests::OtherProgram{location_.path()}.run("PRAGMA journal_mode = DELETE"), "delete");
    auto const before = files();
    EXPECT_EQ(count_users(*location_.open_read_only()), 1U);
    EXPECT_TRUE(files() == before);
}

TEST_F(SqliteReadOnly, RejectsAnOlderSchemaInsteadOfUpgradingIt) {
    location_.open();
    tests::OtherProgram{location_.path()}.run("DROP INDEX tokens_by_owner; PRAGMA user_version = 5");
    auto const before = files();
    EXPECT_THAT(location_.error_message(location_.path(), OpenMode::kReadOnly), HasSubstr("earlier version of Warder"));
    EXPECT_TRUE(files() == before);
}

TEST_F(SqliteReadOnly, CreatesNoStore) {
    EXPECT_THAT(location_.error_message(location_.path(), OpenMode::kReadOnly), HasSubstr("no store found"));
    EXPECT_TRUE(std::filesystem::is_empty(location_.directory()));
}

}  // namespace
}  // namespace warder::store
