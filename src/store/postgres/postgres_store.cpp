// SPDX-License-Identifier: MIT
#include "store/postgres/postgres_store.hpp"

#include "core/try.hpp"
#include "crypto/password.hpp"
#include "store/common/report_limit.hpp"
#include "store/common/store_threads.hpp"
#include "store/postgres/cluster/feed.hpp"
#include "store/postgres/cluster/waits.hpp"
#include "store/postgres/cluster/watcher.hpp"
#include "store/postgres/commit_register.hpp"
#include "store/postgres/connection/reader_pool.hpp"
#include "store/postgres/connection/reconnecting.hpp"
#include "store/postgres/schema.hpp"
#include "store/postgres/transaction.hpp"

#include <exception>
#include <optional>
#include <thread>
#include <utility>

namespace warder::store {
namespace {

using authority::Error;
using authority::Result;
using postgres::Connection;
using postgres::Pg;
using postgres::PgError;

constexpr std::chrono::seconds kConnectTimeout{5};
constexpr std::chrono::seconds kCommitTimeout{5};
constexpr std::chrono::seconds kOutcomeTimeout{10};  // from the beginning of the commit
constexpr std::chrono::milliseconds kReadTimeout{300};
constexpr std::chrono::seconds kCancelTimeout{1};
constexpr std::size_t kReaders = 4;
constexpr std::chrono::seconds kFollowed{2};  // without an outage, the watcher has followed the changes since then
constexpr std::chrono::milliseconds kRetryPause{20};

using Deadline = std::chrono::steady_clock::time_point;

/// The database on several connections: one for each of the threads that write, read and watch.
class PostgresBackend final : public Backend {
  public:
    PostgresBackend(std::string const& url, ClusterSettings settings, std::unique_ptr<Connection> writer, std::unique_ptr<Connection> reader,
                    log::Logger& log)
        : log_{&log},
          url_{url},
          settings_{std::move(settings)},
          writer_{url, std::move(writer)},
          readers_{url, std::move(reader), kReaders},
          node_{settings_.node, settings_.max_staleness},
          waits_{url, {.run = node_.run(), .name = settings_.node, .lifetime = settings_.max_staleness}, log} {}
    PostgresBackend(PostgresBackend const&) = delete;
    PostgresBackend& operator=(PostgresBackend const&) = delete;
    ~PostgresBackend() override;

    Result<void> begin() override;
    Result<void> read_ahead(std::span<WriteRequest* const> requests) override;
    Result<void> run(WriteRequest& request) override;
    Result<void> prepare_commit() override { return checked(finish(), "writing"); }
    Result<void> commit() override;
    void roll_back() override;
    [[nodiscard]] bool wants_repetition() noexcept override { return std::exchange(wants_repetition_, false); }
    Result<void> attach(authority::ChangeListener& listener) override;
    Result<void> refresh() override;
    Result<void> poll() override;
    [[nodiscard]] bool has_watcher() const noexcept override { return true; }
    [[nodiscard]] std::size_t readers() const noexcept override { return kReaders; }
    Result<void> read(authority::Store::Query& query) override;
    [[nodiscard]] bool is_available() const noexcept override { return true; }  // see `freshness`
    [[nodiscard]] index::Freshness const* freshness() const noexcept override { return &freshness_; }
    [[nodiscard]] authority::StoreCapabilities capabilities() const noexcept override { return postgres_capabilities(); }
    void await_propagation(std::chrono::milliseconds limit, authority::Done<authority::Propagation> done) override {
        waits_.add(limit, std::move(done));
    }
    void end_waits() noexcept override { waits_.end(); }
    void end_reads() noexcept override { readers_.end(); }

  private:
    Pg<void> finish();
    Result<void> read_on(Connection& connection, authority::Store::Query& query);
    Result<void> run_in_savepoint(WriteRequest& request);
    Result<void> catch_up();
    Result<void> await_own_change(Deadline deadline);
    Result<void> find_outcome(Deadline deadline);
    void report_damage();
    void report(PgError const& error, std::string_view doing);
    /// Returns the result as what the requests are answered. An error is reported.
    Result<void> checked(Pg<void> const& done, std::string_view doing);

    log::Logger* log_;
    ReportLimit reports_;
    std::string url_;
    ClusterSettings settings_;
    postgres::Reconnecting writer_;  // for the writer thread, like the members from `commits_` on
    postgres::ReaderPool readers_;
    postgres::CommitRegister commits_;
    postgres::WriteBatch batch_;
    bool has_changed_ = false;  ///< The transaction that is about to be committed.
    bool wants_savepoints_ = false;
    bool wants_repetition_ = false;
    DamagedRows reported_damage_;
    index::Freshness freshness_;
    postgres::NodeRegister node_;  // for the writer thread until the watcher is there
    postgres::Waits waits_;
    std::optional<postgres::Feed> feed_;
    std::optional<postgres::Watcher> watcher_;  // last, because its thread uses what is above
};

/// Leaves the cluster. Otherwise, new keys would wait for this node until it counts as dead.
PostgresBackend::~PostgresBackend() {
    waits_.stop();
    if (!watcher_) return;
    watcher_->stop();
    try {
        if (auto* const connection = writer_.current()) static_cast<void>(node_.leave(*connection));
    } catch (std::exception const&) {
        log_->note_memory_shortage("leaving");
    }
}

void PostgresBackend::report(PgError const& error, std::string_view doing) {
    if (auto const held_back = reports_.admit(doing))
        log_->error("store_failed", {{"doing", doing},
                                     {"sqlstate", std::string_view{error.sqlstate}},
                                     {"postgres", std::string_view{error.message}},
                                     {"held_back", *held_back}});
}

Result<void> PostgresBackend::checked(Pg<void> const& done, std::string_view doing) {
    if (done) return {};
    report(done.error(), doing);
    return std::unexpected{done.error().for_caller()};
}

Result<void> PostgresBackend::begin() {
    // A node that was stopped may lack the retirement of the key that it signs with.
    if (!freshness_.is_within(settings_.max_staleness)) WARDER_TRY_VOID(catch_up());
    auto* const connection = writer_.get();
    if (connection == nullptr) return checked(std::unexpected{writer_.error()}, "connecting");
    batch_.clear();
    connection->defer("BEGIN");
    return {};
}

/// With savepoints, each request takes its own locks: if it fails, they are given up.
Result<void> PostgresBackend::read_ahead(std::span<WriteRequest* const> requests) {
    if (wants_savepoints_) return {};
    auto const read = batch_.read_ahead(writer_.get_open(), requests);
    if (!read && read.error().is_conflict()) wants_repetition_ = true;
    return checked(read, "reading");
}

Pg<void> PostgresBackend::finish() {
    batch_.flush(writer_.get_open());
    auto const added = commits_.add_next(writer_.get_open());
    // A request has failed, but not which one, or the batch collided with another node's transaction.
    if (!added && (!wants_savepoints_ || added.error().is_conflict())) wants_savepoints_ = wants_repetition_ = true;
    if (!added) return std::unexpected{added.error()};
    has_changed_ = *added;
    return {};
}

/// Runs a request without a savepoint, since few need one. If one fails that has changed something, the whole batch is
/// undone and runs again with savepoints.
Result<void> PostgresBackend::run(WriteRequest& request) {
    if (wants_savepoints_) return run_in_savepoint(request);
    std::optional<PgError> failure;
    postgres::Transaction transaction{writer_.get_open(), &batch_, [&failure](PgError const& error) { failure = error; }};
    request.outcome = unless_out_of_memory(*log_, "writing", [&] { return request.work(transaction.ports()); });
    if (!failure && (request.outcome || !transaction.has_changed())) return {};
    wants_savepoints_ = wants_repetition_ = true;
    return std::unexpected{Error::kStoreUnavailable};
}

Result<void> PostgresBackend::run_in_savepoint(WriteRequest& request) {
    auto& connection = writer_.get_open();
    std::optional<PgError> failure;
    postgres::Transaction transaction{connection, &batch_, [&failure](PgError const& error) {
                                          // After the first error, the others say that the transaction is aborted.
                                          if (!failure) failure = error;
                                      }};
    connection.defer("SAVEPOINT request");
    request.outcome = unless_out_of_memory(*log_, "writing", [&] { return request.work(transaction.ports()); });
    if (request.outcome) batch_.flush(connection);
    batch_.clear();  // a rollback to the savepoint also gives up the locks
    auto const sent = connection.finish();
    if (!sent && !failure) failure = sent.error();
    if (failure && failure->is_constraint()) {
        // The request violated a constraint: only this request is undone, even if its work ignored the error.
        report(*failure, "writing");
        request.outcome = std::unexpected{failure->for_caller()};
    } else if (failure) {
        wants_repetition_ = failure->is_conflict();
        return checked(std::unexpected{std::move(*failure)}, "writing");
    }
    connection.defer(request.outcome ? "RELEASE request" : "ROLLBACK TO request");
    return checked(connection.finish(), "writing");
}

Result<void> PostgresBackend::commit() {
    wants_savepoints_ = false;
    auto const deadline = std::chrono::steady_clock::now() + kOutcomeTimeout;
    auto const committed = writer_.get_open().query("COMMIT", {}, kCommitTimeout);
    if (!committed && !committed.error().is_lost_connection()) {
        wants_repetition_ = committed.error().is_conflict();
        return checked(std::unexpected{committed.error()}, "committing");
    }
    if (!committed) {
        report(committed.error(), "committing");
        if (!has_changed_) return std::unexpected{Error::kStoreUnavailable};
        if (auto const outcome = find_outcome(deadline); !outcome) return outcome;
    } else if (committed->command() != "COMMIT") {
        return checked(std::unexpected{PgError{.sqlstate = "25P02", .message = "the transaction had failed before"}}, "committing");
    }
    // Each node looks every few seconds whether there is something to delete, and mostly finds nothing.
    if (has_changed_) postgres::Watcher::notify_others(writer_.get_open());
    return await_own_change(deadline);
}

/// Waits until the change that was just committed is in force here. It has been made, so the response must not say
/// otherwise; nor may it say that it has taken effect while this process decides without it.
Result<void> PostgresBackend::await_own_change(Deadline deadline) {
    for (;;) {
        if (!feed_ || catch_up()) return {};
        if (writer_.await(deadline) == nullptr || std::chrono::steady_clock::now() >= deadline) return std::unexpected{Error::kStoreOutcomeUnknown};
        std::this_thread::sleep_for(kRetryPause);
    }
}

/// Asks the database whether the last commit was made, until it answers. The connection was lost in the meantime.
/// @return `kStoreUnavailable` if it certainly was not.
Result<void> PostgresBackend::find_outcome(Deadline deadline) {
    while (std::chrono::steady_clock::now() < deadline) {
        auto* const connection = writer_.await(deadline);
        if (connection == nullptr) break;
        if (auto const was_made = commits_.was_made(*connection)) return *was_made ? Result<void>{} : std::unexpected{Error::kStoreUnavailable};
    }
    return std::unexpected{Error::kStoreOutcomeUnknown};
}

void PostgresBackend::roll_back() {
    // A lost connection has no transaction any more, and the watcher follows what became of it.
    auto* const connection = writer_.current();
    if (connection == nullptr) return;
    // Even if the transaction has not begun yet: what begins it may still have to be sent.
    static_cast<void>(connection->execute("ROLLBACK"));
    // Decisions must agree with the current content of the store, whether or not the commit took effect.
    if (connection->is_usable()) static_cast<void>(catch_up());
}

Result<void> PostgresBackend::attach(authority::ChangeListener& listener) {
    auto* const connection = writer_.get();
    if (connection == nullptr) return checked(std::unexpected{writer_.error()}, "connecting");
    WARDER_TRY_VOID(checked(node_.join(*connection), "loading"));
    feed_.emplace(listener);
    auto loaded = checked(feed_->report_all(*connection), "loading");
    report_damage();
    if (!loaded) return loaded;
    // Loading may have taken longer than the content may be old, and than this node counts as live without a sign of life.
    WARDER_TRY_VOID(checked(node_.join(*connection), "loading"));
    auto const asked_at = freshness_.now();
    WARDER_TRY_VOID(checked(feed_->catch_up(*connection), "reading changes"));
    freshness_.prove(asked_at);
    watcher_.emplace(url_, settings_, node_, *feed_, waits_, freshness_, *log_, metrics());
    return loaded;
}

/// Logs once which rows can't be read.
void PostgresBackend::report_damage() {
    auto const damaged = feed_->damaged();
    if (damaged == std::exchange(reported_damage_, damaged) || damaged.empty()) return;
    metrics().count(metrics::StoreFailure::kDamaged);
    log_->error("store_damaged", {{"users", damaged.users()},
                                  {"tokens", damaged.tokens()},
                                  {"where", std::string_view{damaged.locations()}},
                                  {"effect", "they are rejected; 'warder check' shows details"}});
}

Result<void> PostgresBackend::catch_up() {
    auto* const connection = writer_.get();
    if (connection == nullptr) return checked(std::unexpected{writer_.error()}, "connecting");
    if (!feed_) return {};
    auto caught_up = checked(feed_->catch_up(*connection), "reading changes");
    report_damage();
    return caught_up;
}

Result<void> PostgresBackend::refresh() { return catch_up(); }

/// As long as the watcher follows the changes, only notices whether the connection was closed, and opens it again, which
/// costs the database nothing.
Result<void> PostgresBackend::poll() {
    if (!freshness_.is_within(kFollowed)) return catch_up();
    if (auto* const connection = writer_.get()) static_cast<void>(connection->await_notification(Connection::Timeout::zero()));
    return {};
}

Result<void> PostgresBackend::read(authority::Store::Query& query) {
    if (readers_.is_ended()) return std::unexpected{Error::kStoreUnavailable};
    auto const reader = readers_.take(Connection::kStatementTimeout);
    if (auto* const connection = reader->get())
        if (auto const outcome = read_on(*connection, query); outcome || connection->is_usable() || readers_.is_ended()) return outcome;
    // That the server was restarted, or replaced by its standby, only shows in use. A query may be repeated.
    auto* const connection = reader->await(std::chrono::steady_clock::now() + kReadTimeout);
    if (connection == nullptr) return checked(std::unexpected{reader->error()}, "connecting");
    return read_on(*connection, query);
}

Result<void> PostgresBackend::read_on(Connection& connection, authority::Store::Query& query) {
    postgres::Transaction transaction{connection, nullptr, [this](PgError const& error) {
                                          if (!readers_.is_ended()) report(error, "reading");  // otherwise, this server ended it
                                      }};
    connection.defer("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    auto const outcome = query(transaction.ports());
    static_cast<void>(connection.execute("ROLLBACK"));
    if (!outcome && !connection.is_usable() && readers_.is_ended()) postgres::cancel(url_, connection.server_process(), kCancelTimeout);
    return outcome;
}

/// Counts what can't be read.
class NoListener final : public authority::ChangeListener {
    void on_changes(std::span<authority::Change const>) override {}
};

}  // namespace

authority::StoreCapabilities postgres_capabilities() noexcept {
    return {.keeps_uses = true,
            .keeps_keys = true,
            .keeps_sessions = true,
            .writes_whole_content = false,
            .password_hash_kind = crypto::HashKind::kArgon2id};
}

bool has_postgres_schema(std::string const& url) {
    auto const connection = Connection::open(url, kConnectTimeout);
    return !connection || postgres::has_schema(**connection).value_or(true);
}

std::vector<std::string> find_postgres_problems(std::string const& url) {
    auto const problem = [](std::string const& why) { return std::vector{"store postgresql: " + why}; };
    auto const connection = Connection::open(url, kConnectTimeout);
    if (!connection) return problem("can't connect: " + connection.error().message);
    if (auto const prepared = postgres::prepare_schema(**connection, OpenMode::kReadOnly); !prepared) return problem(prepared.error());
    NoListener listener;
    postgres::Feed feed{listener};
    if (auto const read = feed.report_once(**connection); !read) return problem("can't be read: " + read.error().message);
    auto const damaged = feed.damaged();
    return damaged.empty() ? std::vector<std::string>{} : problem(describe(damaged));
}

std::expected<std::unique_ptr<authority::Store>, OpenError> open_postgres(std::string const& url, OpenMode mode, ClusterSettings const& settings,
                                                                          log::Logger& log) {
    auto const failure = [](std::string const& why) { return std::unexpected{OpenError{.message = "store postgresql: " + why}}; };
    auto const away = [](PgError const& error) {
        return std::unexpected{OpenError{.message = "store postgresql: can't connect: " + error.message, .is_away = error.is_away()}};
    };
    auto writer = Connection::open(url, kConnectTimeout);
    if (!writer) return away(writer.error());
    if (auto const prepared = postgres::prepare_schema(**writer, mode); !prepared) return failure(prepared.error());
    auto reader = Connection::open(url, kConnectTimeout);
    if (!reader) return away(reader.error());
    return std::make_unique<StoreThreads>(std::make_unique<PostgresBackend>(url, settings, std::move(*writer), std::move(*reader), log), mode, log);
}

}  // namespace warder::store
