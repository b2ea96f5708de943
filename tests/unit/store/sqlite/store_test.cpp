// SPDX-License-Identifier: MIT
#include "store/sqlite/location.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace warder::store {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// The file of the store, and the errors for a file that can't be used.
class SqliteFile : public testing::Test {
  protected:
    std::string error_message(OpenMode mode = OpenMode::kCreate) { return location_.error_message(path(), mode); }
    std::filesystem::path path() const { return location_.path(); }
    void make() { location_.open(); }

    tests::SqliteTestLocation location_;
};

TEST_F(SqliteFile, IsReadableOnlyByItsOwner) {
    make();
    struct stat facts{};
    ASSERT_EQ(stat(path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    chmod(path().c_str(), 0644);
    EXPECT_THAT(error_message(), HasSubstr("chmod 600"));
}

TEST_F(SqliteFile, RejectsDirectoriesPipesAndSymbolicLinks) {
    std::filesystem::create_directory(path());
    EXPECT_THAT(error_message(), EndsWith("not a regular file"));
    std::filesystem::remove(path());
    ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
    EXPECT_THAT(error_message(), EndsWith("not a regular file"));
    std::filesystem::remove(path());

    auto const target = location_.directory() / "elsewhere.db";
    ASSERT_EQ(location_.error_message(target), "");
    std::filesystem::create_symlink(target, path());
    EXPECT_THAT(error_message(), EndsWith("symbolic links are not allowed; name the file itself"));
}

TEST_F(SqliteFile, RejectsNewerVersionsAndFilesOfOtherPrograms) {
    make();
    tests::OtherProgram{path()}.run("PRAGMA user_version = 99");
    EXPECT_THAT(error_message(), HasSubstr("newer version"));
    tests::OtherProgram{path()}.run("PRAGMA user_version = 1; PRAGMA application_id = 5");
    EXPECT_THAT(error_message(), HasSubstr("another program"));

    for (auto const* const suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path().string() + suffix);
    std::ofstream{path()} << std::string(5000, 'x');
    chmod(path().c_str(), 0600);
    EXPECT_THAT(error_message(), HasSubstr("can't be read"));
}

TEST_F(SqliteFile, MigratesTheFirstSchemaVersionWithItsTokens) {
    {
        tests::OtherProgram first_version{location_.path()};
        first_version.run(R"(
            CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE UNIQUE, password_hash TEXT NOT NULL,
                is_admin INTEGER NOT NULL, created_at INTEGER NOT NULL, token_count INTEGER NOT NULL DEFAULT 0) STRICT;
            CREATE TABLE tokens (seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, owner INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                description TEXT NOT NULL, life REAL NOT NULL, issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
                successor BLOB, digest BLOB NOT NULL, key_id TEXT NOT NULL, is_edited INTEGER NOT NULL DEFAULT 0) STRICT;
            CREATE INDEX tokens_by_description ON tokens (owner, description);
            CREATE INDEX tokens_by_end ON tokens (ends_at);
            CREATE INDEX replaced_by_end ON tokens (ends_at) WHERE successor IS NOT NULL;
            CREATE TABLE changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER, token BLOB) STRICT;
            INSERT INTO users VALUES (1, 'alice', 'hash', 1, 1600000000, 1);
            INSERT INTO tokens VALUES (7, x'000102030405460788090a0b0c0d0e0f', 1, 'ci', 60, 1600000000, 1600000060, 1600000060, NULL, zeroblob(32), 'k', 0);
            INSERT INTO changes VALUES (1, 1, NULL), (2, NULL, x'000102030405460788090a0b0c0d0e0f');
            PRAGMA application_id = 0x57726472;
            PRAGMA user_version = 1;)");
    }
    std::filesystem::permissions(location_.path(), std::filesystem::perms{0600});
    auto const store = location_.open();
    auto const id = TokenId::parse("00010203-0405-4607-8809-0a0b0c0d0e0f").value();
    auto const checked = tests::read(*store, [&](authority::Snapshot const& s) -> authority::Result<void> {
        auto const token = s.tokens->find({.owner = UserId{1}, .id = id}).value();
        EXPECT_TRUE(token && token->description == "ci" && token->expires_at == Instant{std::chrono::seconds{1'600'000'060}});
        EXPECT_EQ(s.users->find(UserId{1}).value()->token_count, 1);
        return {};
    });
    EXPECT_TRUE(checked);
    EXPECT_TRUE(tests::write(*store, [&](authority::Transaction const& t) { return t.tokens->erase({.owner = UserId{1}, .id = id}); }));
}

/// The file of a store as an earlier version left it, with the user alice and a token of hers.
class SqliteSchemaMigration : public SqliteFile {
  protected:
    /// Removes what later versions than 7 added, and brings back the column of grants that version 8 replaced.
    inline static std::string const kAsInVersionSeven =
        "ALTER TABLE users DROP COLUMN last_sign_in_at; ALTER TABLE tokens ADD COLUMN endpoints TEXT; UPDATE tokens SET endpoints = "
        "json_extract(policy, '$.endpoints'); "
        "ALTER TABLE tokens DROP COLUMN policy; ";

    /// @param uses  of the token, if that version could keep them.
    /// @param sql  removes what later schema versions added.
    TokenKey make(std::int64_t uses, std::string const& sql) {
        tests::CountingRandom random;
        TokenRecord record;
        record.id = TokenId::make(random);
        record.description = "ci";
        record.policy.endpoints = GrantList::parse(std::vector<std::string>{"/a"}).value();
        auto const store = location_.open();
        EXPECT_TRUE(tests::write(*store, [&](authority::Transaction const& t) -> authority::Result<void> {
            record.owner = t.users->insert({.id = {}, .name = "alice", .password_hash = "hash"}).value();
            EXPECT_TRUE(tests::insert(t, record));
            return uses == 0 ? authority::Result<void>{} : t.tokens->add_uses(counted(record.key(), uses));
        }));
        tests::OtherProgram{path()}.run(sql.c_str());
        return record.key();
    }
    static authority::CountedUses counted(TokenKey const& key, std::int64_t count, std::int64_t run = 1) {
        return {.key = key, .run = run, .batch = 1, .count = count, .last_at = Instant{std::chrono::seconds{5}}};
    }

    /// Opens the store, which migrates it, and checks everything that it must be able to keep now.
    void expect_migrated(TokenKey const& key, std::int64_t uses) {
        auto const store = location_.open();
        ASSERT_TRUE(tests::write(*store, [&](authority::Transaction const& t) -> authority::Result<void> {
            auto const token = t.tokens->find(key).value();
            EXPECT_TRUE(token && token->policy.endpoints && token->usage);
            EXPECT_EQ(token->usage->count, uses);
            EXPECT_TRUE(t.audit->append({.time = {}, .actor = {}, .address = {}, .action = "user.updated", .target = "alice"}));
            return t.tokens->add_uses(counted(key, 2, 2));
        }));
        EXPECT_TRUE(tests::read(*store, [&](authority::Snapshot const& s) -> authority::Result<void> {
            EXPECT_EQ(s.tokens->find(key).value()->usage->count, uses + 2);
            EXPECT_EQ(s.audit->list({}).value().size(), 1U);
            return {};
        }));
        auto const version = tests::OtherProgram{path()}.run("PRAGMA user_version");
        EXPECT_EQ(version, "9");
    }
};

TEST_F(SqliteSchemaMigration, AddsUnusedCountersToTokensOfVersionThree) {
    auto const key = make(0, kAsInVersionSeven + "DROP INDEX tokens_by_owner; DROP TABLE audit; DROP TABLE uses; PRAGMA user_version = 3");
    expect_migrated(key, 0);
}

TEST_F(SqliteSchemaMigration, KeepsUsesOfTokensOfVersionFour) {
    auto const key =
        make(3, kAsInVersionSeven +
                    "ALTER TABLE uses RENAME COLUMN batch TO counted; DROP INDEX tokens_by_owner; DROP TABLE audit; PRAGMA user_version = 4");
    expect_migrated(key, 3);
}

TEST_F(SqliteFile, IsNotCreatedWhenOpenedAsExisting) {
    EXPECT_THAT(error_message(OpenMode::kExisting), HasSubstr("no store found"));
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(SqliteFile, TreatsSpecialSqliteNamesAsFileNames) {
    auto const before = std::filesystem::current_path();
    std::filesystem::current_path(location_.directory());
    for (auto const* const name : {":memory:", "file:x?mode=memory"}) {
        EXPECT_EQ(location_.error_message(name), "");
        EXPECT_GT(std::filesystem::file_size(name), 0U) << name;
    }
    std::filesystem::current_path(before);
}

TEST_F(SqliteFile, RejectsAFileSystemWithoutWriteAheadLog) {
    sqlite3_initialize();
    auto* const usual = sqlite3_vfs_find(nullptr);
    sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), 1);  // SQLite's own, without shared memory
    auto const message = error_message();
    sqlite3_vfs_register(usual, 1);
    EXPECT_THAT(message, HasSubstr("SQLite can't use a write-ahead log"));
}

/// Returns whether this file has a lock that keeps other processes from locking it exclusively. Another process checks,
/// because a process doesn't see its own locks.
bool is_locked(std::filesystem::path const& path) {
    auto const child = fork();
    if (child == 0) {
        // SQLite's shared range (sqlite3 os.h, SHARED_FIRST and SHARED_SIZE).
        struct flock lock{.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000000 + 2, .l_len = 510, .l_pid = 0};
        int const file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        bool const is_checked = file >= 0 && fcntl(file, F_GETLK, &lock) == 0;
        ::_exit(is_checked && lock.l_type != F_UNLCK ? 1 : 0);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

TEST_F(SqliteFile, StaysLockedWhenTheSameProcessOpensItAgain) {
    auto const store = location_.open();
    ASSERT_TRUE(is_locked(path()));
    location_.open();
    EXPECT_TRUE(is_locked(path()));
    chmod(path().c_str(), 0644);
    EXPECT_THAT(error_message(), HasSubstr("chmod 600"));
    EXPECT_TRUE(is_locked(path()));
}

}  // namespace
}  // namespace warder::store
