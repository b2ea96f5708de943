// SPDX-License-Identifier: MIT
#pragma once

#include "log/log.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store_conformance.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace warder::tests {

class SqliteTestLocation final : public TestLocation {
  public:
    SqliteTestLocation() {
        auto directory = (std::filesystem::temp_directory_path() / "warder-store-XXXXXX").string();
        if (mkdtemp(directory.data()) == nullptr) std::abort();
        directory_ = directory;
    }
    ~SqliteTestLocation() override { std::filesystem::remove_all(directory_); }
    SqliteTestLocation(SqliteTestLocation const&) = delete;
    SqliteTestLocation& operator=(SqliteTestLocation const&) = delete;

    std::unique_ptr<authority::Store> open() override { return open(store::OpenMode::kCreate); }
    std::unique_ptr<authority::Store> open_read_only() override { return open(store::OpenMode::kReadOnly); }
    std::unique_ptr<authority::Store> open(store::OpenMode mode) { return store::open_sqlite(path(), mode, log_).value(); }
    /// Returns why the store can't be opened; empty if it can.
    std::string error_message(std::filesystem::path const& path, store::OpenMode mode = store::OpenMode::kCreate) {
        auto const opened = store::open_sqlite(path, mode, log_);
        return opened ? "" : opened.error().message;
    }
    [[nodiscard]] std::filesystem::path directory() const { return directory_; }
    [[nodiscard]] std::filesystem::path path() const { return directory_ / "warder.db"; }

  private:
    std::filesystem::path directory_;
    log::Logger log_{log::Level::kError, log::Format::kLogfmt};
};

/// A connection of another program to the database.
class OtherProgram {
  public:
    explicit OtherProgram(std::filesystem::path const& path) {
        if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) std::abort();
    }
    OtherProgram(OtherProgram const&) = delete;
    OtherProgram& operator=(OtherProgram const&) = delete;
    ~OtherProgram() { sqlite3_close(handle_); }

    /// @return the first column of the last row; empty if there is none.
    std::string run(char const* sql) {
        std::string result;
        auto const keep = [](void* out, int, char** columns, char**) {
            *static_cast<std::string*>(out) = columns[0] == nullptr ? "" : columns[0];
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(handle_, sql, keep, &result, nullptr), SQLITE_OK) << sqlite3_errmsg(handle_);
        return result;
    }

  private:
    sqlite3* handle_ = nullptr;
};

}  // namespace warder::tests
