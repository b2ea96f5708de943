// SPDX-License-Identifier: MIT
#pragma once

#include "warder/error.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace warder::store {

/// What SQLite said: its code and, for the log, its words. Neither has any content of a row.
struct SqliteError {
    int code = SQLITE_ERROR;
    std::string message;
    int system_error = 0;  ///< The `errno` behind it, if there is one.

    [[nodiscard]] bool is_busy() const noexcept { return (code & 0xFF) == SQLITE_BUSY; }
    /// SQLite undid the one statement, and the transaction goes on.
    [[nodiscard]] bool is_constraint() const noexcept { return (code & 0xFF) == SQLITE_CONSTRAINT; }
    /// There is no room: on the disk, in a quota, or up to the limit of a file's size.
    [[nodiscard]] bool is_full() const noexcept;
    /// What a use case is told.
    [[nodiscard]] authority::Error for_caller() const noexcept;
};

template <class T>
using Sqlite = std::expected<T, SqliteError>;

class Connection;

/// A prepared statement in use: bind in order, then `step` through the rows. Ready for its next use when this goes.
class Statement {
  public:
    Statement(Connection& connection, sqlite3_stmt* statement) : connection_{&connection}, statement_{statement} {}
    Statement(Statement&& other) noexcept
        : connection_{other.connection_}, statement_{std::exchange(other.statement_, nullptr)}, next_{other.next_} {}
    Statement(Statement const&) = delete;
    Statement& operator=(Statement const&) = delete;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Statement& bind(std::int64_t value);
    Statement& bind(double value);
    /// The text must live until the statement is done with.
    Statement& bind(std::string_view text);
    Statement& bind(std::span<std::uint8_t const> blob);
    Statement& bind_null();

    /// @return whether there is a row.
    Sqlite<bool> step();
    /// For statements without rows.
    Sqlite<void> run();

    [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_, column); }
    [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    /// This and `blob` throw `std::bad_alloc` where SQLite lacks memory: a value that can't be read must not pass for an empty one.
    [[nodiscard]] std::string_view text(int column) const;
    /// Copies a blob of exactly this size; false for any other.
    [[nodiscard]] bool blob(int column, std::span<std::uint8_t> out) const;

  private:
    void throw_if_memory_lacks() const;

    Connection* connection_;
    sqlite3_stmt* statement_;
    int next_ = 1;
};

/// One connection to the database, used by one thread at a time. Statements are prepared once and kept.
class Connection {
  public:
    enum class Access { kCreate, kReadWrite, kReadOnly };
    static Sqlite<std::unique_ptr<Connection>> open(std::filesystem::path const& path, Access access);

    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    ~Connection();

    /// Leaves the log as it is when the connection is closed. Without it the last one to close puts the log into the database and removes it, also
    /// one that is damaged and could be repaired.
    void keep_log() { sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }
    /// The way it is without `keep_log`.
    void fold_log() { sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr); }

    /// Runs statements without rows or parameters.
    Sqlite<void> execute(char const* sql);
    /// The same for a statement that begins a transaction. One that could not be rolled back, since memory lacked, is rolled back first.
    Sqlite<void> begin(char const* sql);
    /// A statement of ours by its text, which must be a literal: texts are told apart by address.
    Sqlite<Statement> prepare(char const* sql);
    /// The first column of the first row; 0 or "" where there is none.
    Sqlite<std::int64_t> integer(char const* sql);
    Sqlite<std::string> text(char const* sql);

    [[nodiscard]] std::int64_t last_row_id() const { return sqlite3_last_insert_rowid(handle_); }
    [[nodiscard]] std::int64_t changed_rows() const { return sqlite3_changes64(handle_); }
    /// Whether no transaction is open: SQLite ends one by itself on some errors.
    [[nodiscard]] bool is_idle() const { return sqlite3_get_autocommit(handle_) != 0; }
    /// Without its message where there is no memory for one.
    [[nodiscard]] SqliteError error() const noexcept;

  private:
    explicit Connection(sqlite3* handle) : handle_{handle} {}
    [[nodiscard]] int log_error() const noexcept;

    sqlite3* handle_;
    std::unordered_map<char const*, sqlite3_stmt*> statements_;
};

/// As long as it lives, the connection reads one state of the database, whatever others commit.
class ReadView {
  public:
    static Sqlite<ReadView> open(Connection& connection);
    ReadView(ReadView&& other) noexcept : connection_{std::exchange(other.connection_, nullptr)} {}
    ReadView& operator=(ReadView&&) = delete;
    ~ReadView();

  private:
    explicit ReadView(Connection& connection) : connection_{&connection} {}
    Connection* connection_;
};

}  // namespace warder::store
