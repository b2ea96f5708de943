// SPDX-License-Identifier: MIT
#include "app/commands/store_size.hpp"

#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace warder::app {
namespace {

class StoreSize : public testing::Test {
  protected:
    void write(std::string const& name, std::size_t size) { std::ofstream{directory_.path() / name} << std::string(size, 'x'); }

    tests::TemporaryDirectory directory_;
    store::StoreUrl const sqlite_ = store::SqlitePath{directory_.path() / "warder.db"};
};

TEST_F(StoreSize, IsThatOfTheFileAndOfItsWriteAheadLog) {
    write("warder.db", 1000);
    EXPECT_EQ(store_size(sqlite_), 1000U);
    write("warder.db-wal", 234);
    EXPECT_EQ(store_size(sqlite_), 1234U);
}

TEST_F(StoreSize, CountsNoOtherFiles) {
    write("warder.db", 10);
    write("warder.db-shm", 5);
    write("keys.json", 7);
    EXPECT_EQ(store_size(sqlite_), 10U);
}

TEST_F(StoreSize, IsZeroWithoutAFile) { EXPECT_EQ(store_size(sqlite_), 0U); }

TEST_F(StoreSize, OfAUsersJsonDoesNotCountTheAuditLog) {
    write("users.json", 20);
    write("audit.jsonl", 30);
    EXPECT_EQ(store_size(store::UsersJsonPath{.file = directory_.path() / "users.json", .audit = directory_.path() / "audit.jsonl"}), 20U);
}

TEST_F(StoreSize, OfADatabaseServerIsZero) { EXPECT_EQ(store_size(store::PostgresUrl{"postgresql://db.example.org/warder"}), 0U); }

}  // namespace
}  // namespace warder::app
