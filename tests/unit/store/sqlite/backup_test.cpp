// SPDX-License-Identifier: MIT
#include "store/sqlite/backup.hpp"

#include "store/sqlite/check.hpp"
#include "store/sqlite/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace warder::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CopySqlite : public testing::Test {
  protected:
    CopySqlite() { location_.open(); }
    std::filesystem::path from() const { return location_.path(); }
    std::filesystem::path to() const { return location_.directory() / "copy.db"; }
    std::string error_message() const {
        auto const copied = copy_sqlite(from(), to());
        return copied ? "" : copied.error().message;
    }

    tests::SqliteTestLocation location_;
};

TEST_F(CopySqlite, CopyIsReadableOnlyByTheOwnerRegardlessOfUmask) {
    auto const before = ::umask(0);
    auto const contents = copy_sqlite(from(), to());
    ::umask(before);
    ASSERT_TRUE(contents) << contents.error().message;
    EXPECT_EQ(contents->users, 0);
    EXPECT_EQ(contents->tokens, 0);
    struct stat facts{};
    ASSERT_EQ(::stat(to().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    EXPECT_EQ(location_.error_message(to(), OpenMode::kExisting), "");
}

TEST_F(CopySqlite, CopiesCommittedDataWhileAnotherProgramWrites) {
    auto const add = [](char const* name) {
        return std::string{"INSERT INTO users (name, password_hash, is_admin, created_at) VALUES ('"}.append(name).append("', 'x', 0, 1)");
    };
    tests::OtherProgram other{from()};
    other.run(add("one").c_str());
    other.run(("BEGIN IMMEDIATE; " + add("two")).c_str());
    EXPECT_EQ(copy_sqlite(from(), to()).value().users, 1);
    other.run("COMMIT");
    EXPECT_EQ(tests::OtherProgram{to()}.run("SELECT max(name) FROM users"), "one");
}

TEST_F(CopySqlite, KeepsAnOlderSchemaVersion) {
    tests::OtherProgram{from()}.run("PRAGMA user_version = 2");
    ASSERT_EQ(error_message(), "");
    EXPECT_EQ(tests::OtherProgram{to()}.run("PRAGMA user_version"), "2");
    EXPECT_EQ(tests::OtherProgram{from()}.run("PRAGMA user_version"), "2");
}

TEST_F(CopySqlite, DoesNotReplaceAFile) {
    std::ofstream{to()} << "mine";
    EXPECT_THAT(error_message(), HasSubstr("File exists"));
    EXPECT_EQ(std::filesystem::file_size(to()), 4U);
}

TEST_F(CopySqlite, LeavesNoFileWhenTheSourceIsNoStore) {
    tests::OtherProgram{from()}.run("PRAGMA application_id = 5");
    EXPECT_THAT(error_message(), HasSubstr("another program"));
    ASSERT_EQ(::chmod(from().c_str(), 0644), 0);
    EXPECT_THAT(error_message(), HasSubstr("chmod 600"));
    std::filesystem::remove(from());
    EXPECT_THAT(error_message(), HasSubstr("no store found"));
    EXPECT_FALSE(std::filesystem::exists(to()));
}

TEST_F(CopySqlite, LeavesNoFileWhenTheSourceIsDamaged) {
    tests::OtherProgram{from()}.run("PRAGMA wal_checkpoint(TRUNCATE)");
    std::filesystem::resize_file(from(), std::filesystem::file_size(from()) / 2);
    EXPECT_THAT(error_message(), HasSubstr("malformed"));
    EXPECT_FALSE(std::filesystem::exists(to()));
}

TEST_F(CopySqlite, FindSqliteProblemsReportsAllProblems) {
    EXPECT_THAT(find_sqlite_problems(from()), IsEmpty());
    std::filesystem::resize_file(from(), std::filesystem::file_size(from()) - 1);
    ASSERT_EQ(::chmod(from().c_str(), 0640), 0);
    EXPECT_THAT(find_sqlite_problems(from()), ElementsAre(HasSubstr("chmod 600"), HasSubstr("the end of the file is missing")));
    std::filesystem::remove(from());
    EXPECT_THAT(find_sqlite_problems(from()), ElementsAre(HasSubstr("no store found")));
    std::filesystem::create_directory(from());
    EXPECT_THAT(find_sqlite_problems(from()), ElementsAre(HasSubstr("not a regular file")));
}

}  // namespace
}  // namespace warder::store
