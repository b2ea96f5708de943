// SPDX-License-Identifier: MIT
#include "store/postgres/connection/connection.hpp"

#include "core/try.hpp"
#include "store/postgres/connection/keywords.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <poll.h>
#include <utility>

namespace warder::store::postgres {
namespace {

constexpr int kBinary = 1;

using Steady = std::chrono::steady_clock;

std::string first_line(std::string_view text) { return std::string{text.substr(0, text.find('\n'))}; }

PgError error_of(PGresult const* result) {
    auto const field = [&](int code) {
        auto const* const text = PQresultErrorField(result, code);
        return std::string{text == nullptr ? "" : text};
    };
    // The detail and the context may quote values of rows.
    return {.sqlstate = field(PG_DIAG_SQLSTATE), .message = first_line(field(PG_DIAG_MESSAGE_PRIMARY))};
}

enum class Readiness : std::uint8_t { kReady, kTimeout, kFailed, kInterrupted };

constexpr int kNoInterrupt = -1;  // `poll` ignores it

Readiness wait_for(int socket, short events, Steady::time_point deadline, int interrupt = kNoInterrupt) {
    std::array<pollfd, 2> watched{{{.fd = socket, .events = events, .revents = 0}, {.fd = interrupt, .events = POLLIN, .revents = 0}}};
    for (;;) {
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
        auto const ready = ::poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready > 0) return watched[1].revents != 0 ? Readiness::kInterrupted : Readiness::kReady;
        if (ready == 0) return Readiness::kTimeout;
        if (errno != EINTR) return Readiness::kFailed;
    }
}

}  // namespace

bool PgError::is_lost_connection() const noexcept {
    // Class 08: connection exceptions; 57P: the server is shutting down or ended the session; 25006: it became a standby.
    return sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "25006" || sqlstate == "25P03";
}

bool PgError::is_away() const noexcept {
    if (!sqlstate.empty()) return is_lost_connection();
    constexpr auto kLasting = std::to_array<std::string_view>(
        {"password authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry", "URL", "has the encoding"});
    return std::ranges::none_of(kLasting, [this](std::string_view reason) { return message.contains(reason); });
}

authority::Error PgError::for_caller() const noexcept {
    return sqlstate == "53100" ? authority::Error::kStoreFull : authority::Error::kStoreUnavailable;
}

std::int64_t Rows::changed() const noexcept {
    std::string_view const digits{PQcmdTuples(result_.get())};
    std::int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

std::string_view Rows::text(int row, int column) const noexcept {
    return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Rows::integer(int row, int column) const noexcept {
    std::uint64_t wire = 0;
    auto const value = text(row, column);
    if (value.size() != sizeof wire) return 0;
    std::memcpy(&wire, value.data(), sizeof wire);
    return std::bit_cast<std::int64_t>(to_wire_order(wire));
}

double Rows::real(int row, int column) const noexcept { return std::bit_cast<double>(integer(row, column)); }

bool Rows::boolean(int row, int column) const noexcept {
    auto const value = text(row, column);
    return value.size() == 1 && value.front() != 0;
}

bool Rows::bytes(int row, int column, std::span<std::uint8_t> out) const noexcept {
    auto const value = text(row, column);
    if (value.size() != out.size()) return false;
    std::memcpy(out.data(), value.data(), value.size());
    return true;
}

ServerProcess read_server_process(Rows const& rows, int row, int first_column) noexcept {
    return {.pid = rows.integer(row, first_column), .server_started_at = rows.integer(row, first_column + 1)};
}

Pg<std::unique_ptr<Connection>> Connection::open(std::string const& url, Timeout timeout, Timeout statement_timeout) {
    WARDER_TRY(auto const keywords, Keywords::parse(url));
    PgError error;
    for (std::size_t host = 0; host < keywords.hosts(); ++host) {
        std::unique_ptr<Connection> connection{new Connection{keywords.start(host)}};
        auto connected = connection->connect(Steady::now() + timeout);
        if (connected) connected = connection->select_schema(statement_timeout);
        if (connected) return connection;
        error = std::move(connected.error());
    }
    return std::unexpected{std::move(error)};
}

Pg<void> Connection::connect(Deadline deadline) {
    if (!handle_) throw std::bad_alloc{};
    // The server's notices would go to stderr.
    PQsetNoticeProcessor(handle_.get(), [](void*, char const*) {}, nullptr);
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
        if (PQstatus(handle_.get()) == CONNECTION_BAD) return lost(first_line(PQerrorMessage(handle_.get())));
        auto const ready = wait_for(PQsocket(handle_.get()), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
        if (ready != Readiness::kReady) return lost("the server did not answer in time");
        state = PQconnectPoll(handle_.get());
        if (state == PGRES_POLLING_FAILED) return lost(first_line(PQerrorMessage(handle_.get())));
    }
    if (PQsetnonblocking(handle_.get(), 1) != 0 || PQenterPipelineMode(handle_.get()) != 1) return lost("libpq can't enter pipeline mode");
    return {};
}

Pg<void> Connection::select_schema(Timeout timeout) {
    // The server ends a transaction of a node that stopped in the middle, whose locks would hold up the others.
    defer("SET idle_in_transaction_session_timeout = '5s'");
    defer("SET lock_timeout = '5s'");
    defer("SET statement_timeout = '10min'");
    // Each frequent statement finds its few rows by indexes. Statistics from the time when a table was small, or none, would
    // make the server read all of it. Compiling such statements would take longer than running them.
    defer("SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit')");
    // A change that was acknowledged, or seen by another node, must survive a crash.
    defer("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'");
    WARDER_TRY(auto const settings,
               query("SELECT s.source = 'client', split_part(s.setting, ',', 1), "
                     "current_setting('server_encoding'), (SELECT system_identifier FROM pg_control_system()), " WARDER_PG_SERVER_PROCESS_COLUMNS
                     " FROM pg_settings s WHERE s.name = 'search_path'",
                     {}, timeout));
    if (settings.text(0, 2) != "UTF8")
        return lost("the database has the encoding " + std::string{settings.text(0, 2)} + "; create it with ENCODING 'UTF8'");
    system_ = settings.integer(0, 3);
    server_process_ = read_server_process(settings, 0, 4);
    schema_ = "warder";
    if (settings.boolean(0, 0)) {
        schema_ = settings.text(0, 1);
        std::erase(schema_, '"');
    }
    return execute("SET search_path = " + quoted_name(schema_), timeout);
}

std::unexpected<PgError> Connection::lost(std::string message) {
    is_usable_ = false;
    return std::unexpected{PgError{.sqlstate = {}, .message = std::move(message)}};
}

void Connection::defer(char const* sql, Parameters const& parameters) {
    if (send_error_) return;
    if (auto sent = send(sql, parameters); !sent) send_error_ = std::move(sent.error());
}

Pg<void> Connection::send(char const* sql, Parameters const& parameters) {
    if (!is_usable_) return lost("the connection to the database is lost");
    std::array<Oid, Parameters::kMost> types{};
    std::array<char const*, Parameters::kMost> values{};
    std::array<int, Parameters::kMost> sizes{};
    std::array<int, Parameters::kMost> formats{};
    for (std::size_t i = 0; i < parameters.count_; ++i) {
        auto const& value = parameters.values_[i];
        types[i] = value.type;
        values[i] = value.is_null ? nullptr : value.data != nullptr ? value.data : value.number.data();
        sizes[i] = value.size;
        formats[i] = kBinary;
    }
    auto const count = static_cast<int>(parameters.count_);
    auto& name = prepared_[sql];
    if (name.empty()) {
        // A new name each time: after an error, it is unknown whether an earlier one is in use.
        name = "w" + std::to_string(next_name_++);
        unconfirmed_.push_back(sql);
        if (PQsendPrepare(handle_.get(), name.c_str(), sql, count, types.data()) != 1) return lost(first_line(PQerrorMessage(handle_.get())));
    }
    if (PQsendQueryPrepared(handle_.get(), name.c_str(), count, values.data(), sizes.data(), formats.data(), kBinary) != 1)
        return lost(first_line(PQerrorMessage(handle_.get())));
    return {};
}

Pg<Rows> Connection::query(char const* sql, Parameters const& parameters, Timeout timeout) {
    defer(sql, parameters);
    return receive(Steady::now() + timeout);
}

Pg<void> Connection::finish(Timeout timeout) {
    WARDER_TRY_VOID(receive(Steady::now() + timeout));
    return {};
}

Pg<void> Connection::execute(std::string const& sql, Timeout timeout) {
    if (!is_usable_) return lost("the connection to the database is lost");
    if (PQsendQueryParams(handle_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, kBinary) != 1)
        return lost(first_line(PQerrorMessage(handle_.get())));
    return finish(timeout);
}

/// Waits until the server's socket is ready.
Pg<void> Connection::await(short events, Deadline deadline) {
    switch (wait_for(PQsocket(handle_.get()), events, deadline, interrupt_ == nullptr ? kNoInterrupt : interrupt_->descriptor())) {
        case Readiness::kReady:
            return {};
        case Readiness::kInterrupted:
            return lost("the wait for the server was interrupted");
        case Readiness::kTimeout:
        case Readiness::kFailed:
            break;
    }
    return lost("the server did not answer in time");
}

Pg<void> Connection::flush(Deadline deadline) {
    for (;;) {
        auto const left = PQflush(handle_.get());
        if (left == 0) return {};
        if (left < 0) return lost(first_line(PQerrorMessage(handle_.get())));
        // The server may wait until its results are read before it reads more.
        WARDER_TRY_VOID(await(POLLIN | POLLOUT, deadline));
        if (PQconsumeInput(handle_.get()) != 1) return lost(first_line(PQerrorMessage(handle_.get())));
    }
}

/// Returns the next result, which is nullptr at the end of a statement's results.
Pg<PGresult*> Connection::next_result(Deadline deadline) {
    while (PQisBusy(handle_.get()) != 0) {
        WARDER_TRY_VOID(await(POLLIN, deadline));
        if (PQconsumeInput(handle_.get()) != 1) return lost(first_line(PQerrorMessage(handle_.get())));
    }
    return PQgetResult(handle_.get());
}

/// Ends the pipeline and reads the results of all of its statements.
Pg<Rows> Connection::receive(Deadline deadline) {
    if (send_error_) return std::unexpected{*std::exchange(send_error_, std::nullopt)};
    if (!is_usable_) return lost("the connection to the database is lost");
    if (PQpipelineSync(handle_.get()) != 1) return lost(first_line(PQerrorMessage(handle_.get())));
    WARDER_TRY_VOID(flush(deadline));
    Rows last{nullptr};
    std::optional<PgError> error;
    for (;;) {
        WARDER_TRY(auto* const result, next_result(deadline));
        if (result == nullptr) {
            if (PQstatus(handle_.get()) == CONNECTION_BAD) return lost(first_line(PQerrorMessage(handle_.get())));
            continue;  // the end of one statement
        }
        Rows rows{result};
        switch (PQresultStatus(result)) {
            case PGRES_PIPELINE_SYNC:
                if (error) {
                    for (auto const* const sql : unconfirmed_) prepared_.erase(sql);
                    is_usable_ = is_usable_ && !error->is_lost_connection();
                }
                unconfirmed_.clear();
                if (error) return std::unexpected{std::move(*error)};
                return last;
            case PGRES_TUPLES_OK:
            case PGRES_COMMAND_OK:
                last = std::move(rows);
                break;
            case PGRES_PIPELINE_ABORTED:
                break;
            default:
                if (!error) error = error_of(result);
                if (PQstatus(handle_.get()) == CONNECTION_BAD)
                    return lost(error->message.empty() ? first_line(PQerrorMessage(handle_.get())) : error->message);
        }
    }
}

Pg<bool> Connection::await_notification(Timeout timeout) {
    if (!is_usable_) return lost("the connection to the database is lost");
    auto const deadline = Steady::now() + timeout;
    for (;;) {
        bool has_any = false;
        while (auto* const notification = PQnotifies(handle_.get())) {
            PQfreemem(notification);
            has_any = true;
        }
        if (has_any) return true;
        switch (wait_for(PQsocket(handle_.get()), POLLIN, deadline)) {
            case Readiness::kTimeout:
                return false;
            case Readiness::kFailed:
            case Readiness::kInterrupted:
                return lost("the connection to the database can't be watched");
            case Readiness::kReady:
                if (PQconsumeInput(handle_.get()) != 1) return lost(first_line(PQerrorMessage(handle_.get())));
        }
    }
}

// Not `PQcancel`, which blocks for as long as a connection takes, and never uses TLS.
void cancel(std::string const& url, ServerProcess const& process, Connection::Timeout timeout) {
    auto const other = Connection::open(url, timeout, timeout);
    if (!other || (*other)->server_process().server_started_at != process.server_started_at) return;
    static_cast<void>((*other)->query("SELECT pg_cancel_backend($1::integer)", Parameters{}.add(process.pid), timeout));
}

std::string quoted_name(std::string_view name) {
    std::string quoted{"\""};
    for (char const c : name) quoted.append(c == '"' ? 2 : 1, c);
    return quoted += '"';
}

}  // namespace warder::store::postgres
