// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection/interrupt.hpp"
#include "store/postgres/connection/parameters.hpp"
#include "warder/error.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <libpq-fe.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// A thin layer over libpq: owned results, binary values, deadlines.
namespace warder::store::postgres {

/// An error of the server or of the connection. It contains no content of a row and no password.
struct PgError {
    std::string sqlstate;  ///< Five characters (PostgreSQL manual, appendix A); empty if the connection failed.
    std::string message;   ///< One line, for the log.

    [[nodiscard]] bool is_lost_connection() const noexcept;
    /// Returns whether a connection failed for a reason that may pass. A wrong password or name does not, as far as it can
    /// be recognized: libpq has no codes for these errors, only messages.
    [[nodiscard]] bool is_away() const noexcept;
    /// Returns whether a constraint was violated.
    [[nodiscard]] bool is_constraint() const noexcept { return sqlstate.starts_with("23"); }
    /// Returns whether the transaction collided with another one and succeeds if it is repeated.
    [[nodiscard]] bool is_conflict() const noexcept { return sqlstate.starts_with("40"); }
    /// Returns the error that a use case reports.
    [[nodiscard]] authority::Error for_caller() const noexcept;
};

template <class T>
using Pg = std::expected<T, PgError>;

/// The rows that a statement returned.
class Rows {
  public:
    explicit Rows(PGresult* result) : result_{result} {}

    [[nodiscard]] int count() const noexcept { return PQntuples(result_.get()); }
    [[nodiscard]] bool empty() const noexcept { return count() == 0; }
    /// Returns how many rows an INSERT, UPDATE or DELETE changed.
    [[nodiscard]] std::int64_t changed() const noexcept;

    /// Returns what the server did, such as `COMMIT`: it ends a failed transaction with `ROLLBACK` although it was asked to
    /// commit.
    [[nodiscard]] std::string_view command() const noexcept { return PQcmdStatus(result_.get()); }

    // A value of a row. Its column must have the type of the function; NULL is 0, false or empty.
    [[nodiscard]] std::int64_t integer(int row, int column) const noexcept;
    [[nodiscard]] double real(int row, int column) const noexcept;
    [[nodiscard]] bool boolean(int row, int column) const noexcept;
    [[nodiscard]] bool is_null(int row, int column) const noexcept { return PQgetisnull(result_.get(), row, column) != 0; }
    /// Returns a view that is valid as long as this object.
    [[nodiscard]] std::string_view text(int row, int column) const noexcept;
    /// Copies bytes of exactly this number. @return false for any other number.
    [[nodiscard]] bool bytes(int row, int column, std::span<std::uint8_t> out) const noexcept;

  private:
    struct Clear {
        void operator()(PGresult* result) const noexcept { PQclear(result); }
    };
    std::unique_ptr<PGresult, Clear> result_;
};

/// A process of the server that serves a connection, as the server tells it: a pooler could pass a connection on to another one.
struct ServerProcess {
    std::int64_t pid = 0;
    std::int64_t server_started_at = 0;  ///< As the server writes times.

    friend bool operator==(ServerProcess const&, ServerProcess const&) = default;
};
/// The columns of a `ServerProcess`.
#define WARDER_PG_SERVER_PROCESS_COLUMNS "pg_backend_pid()::bigint, pg_postmaster_start_time()"
[[nodiscard]] ServerProcess read_server_process(Rows const& rows, int row, int first_column) noexcept;

/// A connection to the database, for one thread at a time. Statements are sent in pipeline mode: those without a result
/// that anyone waits for cost no round trip. Never blocks longer than the deadline of a call; after a missed deadline or
/// a lost connection, each call fails.
class Connection {
  public:
    using Timeout = std::chrono::milliseconds;
    static constexpr Timeout kStatementTimeout{6'000};

    /// Connects to the first of the URL's hosts that takes writes, and selects Warder's schema: the first of the URL's
    /// `search_path` or `warder`.
    /// @param timeout  to connect, for each host.
    /// @param statement_timeout  for each of the two exchanges that then select the schema.
    /// @param url  of libpq (PostgreSQL manual, section 34.1.1.2).
    static Pg<std::unique_ptr<Connection>> open(std::string const& url, Timeout timeout, Timeout statement_timeout = kStatementTimeout);

    /// Sends a statement with the next `query` or `finish`, in front of it.
    /// @param sql  a string literal, since prepared statements are found by its address.
    void defer(char const* sql, Parameters const& parameters = {});
    /// Runs the deferred statements and this one.
    /// @return the rows of this one, or the first error. If there is one, no later statement has run.
    Pg<Rows> query(char const* sql, Parameters const& parameters = {}, Timeout timeout = kStatementTimeout);
    /// Runs the deferred statements.
    Pg<void> finish(Timeout timeout = kStatementTimeout);
    /// Runs statements that are not prepared, such as those that define a table.
    Pg<void> execute(std::string const& sql, Timeout timeout = kStatementTimeout);

    /// Waits until the server sends a notification, or for this long. Reads notifications that have arrived.
    /// @return whether there was one. On an error, the connection is lost.
    Pg<bool> await_notification(Timeout timeout);

    [[nodiscard]] bool is_usable() const noexcept { return is_usable_; }
    [[nodiscard]] std::string const& schema() const noexcept { return schema_; }
    /// Returns what identifies the server's databases, also on its standbys.
    [[nodiscard]] std::int64_t system() const noexcept { return system_; }
    /// Returns what served the connection when it was opened.
    [[nodiscard]] ServerProcess const& server_process() const noexcept { return server_process_; }
    /// Makes all waits for results end as if the server did not answer, once the interrupt is raised.
    /// @param interrupt  must outlive this object.
    void set_interrupt(Interrupt const& interrupt) noexcept { interrupt_ = &interrupt; }
    /// Makes each further call fail.
    void give_up() noexcept { is_usable_ = false; }

  private:
    using Deadline = std::chrono::steady_clock::time_point;
    struct Close {
        void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
    };
    explicit Connection(PGconn* handle) : handle_{handle} {}

    Pg<void> connect(Deadline deadline);
    Pg<void> select_schema(Timeout timeout);
    Pg<void> send(char const* sql, Parameters const& parameters);
    Pg<Rows> receive(Deadline deadline);
    Pg<PGresult*> next_result(Deadline deadline);
    Pg<void> flush(Deadline deadline);
    Pg<void> await(short events, Deadline deadline);
    std::unexpected<PgError> lost(std::string message);

    std::unique_ptr<PGconn, Close> handle_;
    Interrupt const* interrupt_ = nullptr;
    bool is_usable_ = true;
    std::string schema_;
    std::int64_t system_ = 0;
    ServerProcess server_process_;
    std::optional<PgError> send_error_;
    std::unordered_map<char const*, std::string> prepared_;  ///< Names of the prepared statements.
    std::vector<char const*> unconfirmed_;                   ///< Statements that were prepared since the last synchronization.
    std::int64_t next_name_ = 0;
};

/// Lets the server end what it does for a connection that was lost: it would notice that only with the next result.
/// @param url  of the server. A failure is ignored.
/// @param timeout  for each of four exchanges, for each host of the URL.
void cancel(std::string const& url, ServerProcess const& process, Connection::Timeout timeout);

/// Quotes a name for SQL.
[[nodiscard]] std::string quoted_name(std::string_view name);

}  // namespace warder::store::postgres
