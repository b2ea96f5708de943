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

/// An error of SQLite: its code and, for the log, its message. Neither contains any content of a row.
struct SqliteError {
    int code = SQLITE_ERROR;
    std::string message;
    int system_error = 0;  ///< The `errno` that caused it, or 0.

    /// Returns whether a constraint was violated. SQLite has then undone that statement, and the transaction continues.
    [[nodiscard]] bool is_constraint() const noexcept { return (code & 0xFF) == SQLITE_CONSTRAINT; }
    /// Returns whether space ran out: on the disk, in a quota, or because of the limit of a file's size.
    [[nodiscard]] bool is_full() const noexcept;
    /// Returns whether the file's content is not that of a sound database.
    [[nodiscard]] bool is_damage() const noexcept { return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB; }
    /// Returns the error that a use case reports.
    [[nodiscard]] authority::Error for_caller() const noexcept;
};

template <class T>
using Sqlite = std::expected<T, SqliteError>;

class Connection;

/// A prepared statement in use: bind the parameters in order, then call `step` for each row. The destructor resets it
/// for its next use.
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
    /// The text must outlive this object.
    Statement& bind(std::string_view text);
    Statement& bind(std::span<std::uint8_t const> blob);
    /// Binds the text, which must outlive this object, or NULL.
    Statement& bind(std::optional<std::string> const& text) { return text ? bind(std::string_view{*text}) : bind_null(); }
    Statement& bind(std::optional<std::string>&&) = delete;
    Statement& bind_null();

    /// Advances to the next row. @return whether there is one.
    Sqlite<bool> step();
    /// Runs a statement that returns no rows.
    Sqlite<void> run();

    [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_, column); }
    [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    /// Returns a view that is valid until the next `step`. Like `blob`, throws `std::bad_alloc` if SQLite is out of
    /// memory: a value that can't be read must not look like an empty one.
    [[nodiscard]] std::string_view text(int column) const;
    /// Copies a blob of exactly this size. @return false for any other size.
    [[nodiscard]] bool blob(int column, std::span<std::uint8_t> out) const;

  private:
    void throw_if_out_of_memory() const;

    Connection* connection_;
    sqlite3_stmt* statement_;
    int next_ = 1;
};

/// One connection to the database, for one thread at a time. Prepared statements are cached.
class Connection {
  public:
    enum class Access { kCreate, kReadWrite, kReadOnly };
    static Sqlite<std::unique_ptr<Connection>> open(std::filesystem::path const& path, Access access);

    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    ~Connection();

    /// Keeps the write-ahead log when the connection is closed. By default the last connection to close copies the log
    /// into the database and deletes it, even a damaged log that could still be repaired.
    void keep_log() { sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }
    /// Restores the default that `keep_log` changed.
    void fold_log() { sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr); }

    /// Runs statements without rows or parameters.
    Sqlite<void> execute(char const* sql);
    /// Runs a statement that begins a transaction. A transaction that is still open because its rollback ran out of
    /// memory is rolled back first.
    Sqlite<void> begin(char const* sql);
    /// Prepares a statement, or returns it from the cache. `sql` must be a string literal, since the cache compares
    /// addresses.
    Sqlite<Statement> prepare(char const* sql);
    /// These return the first column of the first row; 0 or "" if there is no row.
    Sqlite<std::int64_t> integer(char const* sql);
    Sqlite<std::string> text(char const* sql);

    [[nodiscard]] std::int64_t last_row_id() const { return sqlite3_last_insert_rowid(handle_); }
    [[nodiscard]] std::int64_t changed_rows() const { return sqlite3_changes64(handle_); }
    /// Returns whether no transaction is open. SQLite ends a transaction by itself on some errors.
    [[nodiscard]] bool is_idle() const { return sqlite3_get_autocommit(handle_) != 0; }
    /// Returns the last error, without its message if there is no memory for it.
    [[nodiscard]] SqliteError error() const noexcept;

  private:
    explicit Connection(sqlite3* handle) : handle_{handle} {}
    [[nodiscard]] int log_error() const noexcept;

    sqlite3* handle_;
    std::unordered_map<char const*, sqlite3_stmt*> statements_;
};

/// While it lives, the connection reads one snapshot of the database, no matter what others commit.
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
