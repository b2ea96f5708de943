// SPDX-License-Identifier: MIT
#include "store/sqlite/connection.hpp"

#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

namespace warder::store {
namespace {

constexpr int kBusyTimeoutMilliseconds = 5'000;

}  // namespace

bool SqliteError::is_full() const noexcept {
    if ((code & 0xFF) == SQLITE_FULL) return true;
    return (code & 0xFF) == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
}

authority::Error SqliteError::for_caller() const noexcept { return is_full() ? authority::Error::kStoreFull : authority::Error::kStoreUnavailable; }

Statement::~Statement() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

// Binding fails only for a wrong index or for lack of memory; then the next step fails too, or violates a NOT NULL
// constraint.
Statement& Statement::bind(std::int64_t value) {
    sqlite3_bind_int64(statement_, next_++, value);
    return *this;
}

Statement& Statement::bind(double value) {
    sqlite3_bind_double(statement_, next_++, value);
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    sqlite3_bind_text64(statement_, next_++, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(std::span<std::uint8_t const> blob) {
    sqlite3_bind_blob64(statement_, next_++, blob.data(), blob.size(), SQLITE_STATIC);
    return *this;
}

Statement& Statement::bind_null() {
    sqlite3_bind_null(statement_, next_++);
    return *this;
}

Sqlite<bool> Statement::step() {
    switch (sqlite3_step(statement_)) {
        case SQLITE_ROW:
            return true;
        case SQLITE_DONE:
            return false;
        default:
            return std::unexpected{connection_->error()};
    }
}

Sqlite<void> Statement::run() {
    auto const row = step();
    if (!row) return std::unexpected{row.error()};
    return {};
}

std::string_view Statement::text(int column) const {
    auto const* const bytes = sqlite3_column_text(statement_, column);
    if (bytes == nullptr) {
        throw_if_out_of_memory();
        return {};
    }
    return {reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Statement::throw_if_out_of_memory() const {
    if (sqlite3_errcode(sqlite3_db_handle(statement_)) == SQLITE_NOMEM) throw std::bad_alloc{};
}

bool Statement::blob(int column, std::span<std::uint8_t> out) const {
    auto const* const bytes = sqlite3_column_blob(statement_, column);
    if (bytes == nullptr) throw_if_out_of_memory();
    if (bytes == nullptr || static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)) != out.size()) return false;
    std::memcpy(out.data(), bytes, out.size());
    return true;
}

Sqlite<std::unique_ptr<Connection>> Connection::open(std::filesystem::path const& path, Access access) {
    int const mode = access == Access::kReadOnly    ? SQLITE_OPEN_READONLY
                     : access == Access::kReadWrite ? SQLITE_OPEN_READWRITE
                                                    : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* handle = nullptr;
    // With an absolute path SQLite always opens a file: ":memory:" and "file:…?mode=memory" have no special meaning
    // then.
    std::error_code unknown;
    auto const file = std::filesystem::absolute(path, unknown);
    if (unknown) return std::unexpected{SqliteError{.code = SQLITE_CANTOPEN, .message = unknown.message()}};
    auto const code = sqlite3_open_v2(file.c_str(), &handle, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    std::unique_ptr<Connection> connection{new Connection{handle}};
    if (code != SQLITE_OK)
        return std::unexpected{SqliteError{.code = code, .message = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code)}};

    sqlite3_busy_timeout(handle, kBusyTimeoutMilliseconds);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    auto const set =
        connection->execute("PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4096;");
    if (!set) return std::unexpected{set.error()};
    return connection;
}

Connection::~Connection() {
    for (auto const& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(handle_);
}

Sqlite<void> Connection::execute(char const* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return std::unexpected{error()};
    return {};
}

Sqlite<void> Connection::begin(char const* sql) {
    if (!is_idle())
        if (auto const ended = execute("ROLLBACK"); !ended) return ended;
    return execute(sql);
}

Sqlite<Statement> Connection::prepare(char const* sql) {
    auto const [known, is_new] = statements_.try_emplace(sql, nullptr);
    if (is_new && sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &known->second, nullptr) != SQLITE_OK) {
        auto failure = error();
        statements_.erase(known);
        return std::unexpected{std::move(failure)};
    }
    return Statement{*this, known->second};
}

Sqlite<std::int64_t> Connection::integer(char const* sql) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected{statement.error()};
    auto const row = statement->step();
    if (!row) return std::unexpected{row.error()};
    return *row ? statement->integer(0) : 0;
}

Sqlite<std::string> Connection::text(char const* sql) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected{statement.error()};
    auto const row = statement->step();
    if (!row) return std::unexpected{row.error()};
    return *row ? std::string{statement->text(0)} : std::string{};
}

/// Returns the `errno` of the last failed write to the WAL, or 0. SQLite keeps it with the file and reports none itself
/// when a commit fails.
int Connection::log_error() const noexcept {
    sqlite3_file* log = nullptr;
    int number = 0;
    if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log)) != SQLITE_OK) return 0;
    if (log == nullptr || log->pMethods == nullptr) return 0;
    return log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK ? number : 0;
}

SqliteError Connection::error() const noexcept {
    SqliteError error{.code = sqlite3_extended_errcode(handle_), .message = {}};
    if (error.code == SQLITE_IOERR_WRITE) error.system_error = log_error();
    try {
        error.message = sqlite3_errmsg(handle_);
    } catch (std::bad_alloc const&) {  // NOLINT(bugprone-empty-catch): the code says enough
    }
    return error;
}

Sqlite<ReadView> ReadView::open(Connection& connection) {
    if (auto const begun = connection.begin("BEGIN"); !begun) return std::unexpected{begun.error()};
    return ReadView{connection};
}

ReadView::~ReadView() {
    if (connection_ != nullptr && !connection_->is_idle()) static_cast<void>(connection_->execute("ROLLBACK"));
}

}  // namespace warder::store
