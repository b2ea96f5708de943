// SPDX-License-Identifier: MIT
#include "store/sqlite/sqlite_store.hpp"

#include "core/try.hpp"
#include "crypto/password.hpp"
#include "files/posix_file.hpp"
#include "log/log.hpp"
#include "store/common/report_limit.hpp"
#include "store/common/requests.hpp"
#include "store/common/store_threads.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/feed.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/transaction.hpp"
#include "store/sqlite/watched_file.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace warder::store {
namespace {

using authority::Error;
using authority::Result;

constexpr std::int64_t kSynchronousFull = 2;

/// The database on two connections, of which each thread has one.
class SqliteBackend final : public Backend {
  public:
    SqliteBackend(std::filesystem::path const& path, std::unique_ptr<Connection> writer, std::unique_ptr<Connection> reader, log::Logger& log)
        : log_{&log},
          files_{WatchedFile{path}, WatchedFile{files::with_suffix(path, "-wal")}, WatchedFile{files::with_suffix(path, "-shm")}},
          writer_{std::move(writer)},
          reader_{std::move(reader)} {}

    Result<void> begin() override;
    Result<void> run(WriteRequest& request) override;
    Result<void> prepare_commit() override;
    Result<void> commit() override;
    void roll_back() override;
    Result<void> attach(authority::ChangeListener& listener) override;
    Result<void> refresh() override;
    Result<void> poll() override;
    Result<void> read(authority::Store::Query& query) override;
    [[nodiscard]] bool is_available() const noexcept override { return is_in_place_.load(std::memory_order_acquire); }
    [[nodiscard]] authority::StoreCapabilities capabilities() const noexcept override { return sqlite_capabilities(); }

  private:
    Sqlite<void> run_in_savepoint(WriteRequest& request);
    Result<void> catch_up();
    bool are_files_in_place();
    void report_damage();
    void report(SqliteError const& error, std::string_view doing) {
        if (error.is_damage()) metrics().count(metrics::StoreFailure::kDamaged);
        if (auto const held_back = reports_.admit(doing))
            log_->error("store_failed", {{"doing", doing}, {"sqlite", std::string_view{error.message}}, {"held_back", *held_back}});
    }
    /// Reports an error of the transaction and returns what the requests are answered.
    std::unexpected<Error> failed(SqliteError const& error) {
        is_full_ = error.is_full();
        report(error, "committing");
        return std::unexpected{error.for_caller()};
    }

    log::Logger* log_;
    ReportLimit reports_;
    std::array<WatchedFile, 3> files_;  // for the writer thread only, like the members from `reported_damage_` on
    std::atomic<bool> is_in_place_{true};
    std::unique_ptr<Connection> writer_;
    std::unique_ptr<Connection> reader_;  // for the reader thread only
    DamagedRows reported_damage_;
    std::optional<SqliteFeed> feed_;
    std::int64_t data_version_ = 0;
    bool is_behind_ = false;  ///< The listener may not know everything that this process has committed.
    bool is_full_ = false;    ///< The current transaction failed for lack of space.
};

/// Fails if the store's files were replaced: the caller's change is in the file that now has the name, which this
/// process doesn't read.
Result<void> SqliteBackend::refresh() {
    auto caught_up = catch_up();
    if (!are_files_in_place()) return std::unexpected{Error::kStoreUnavailable};
    return caught_up;
}

Result<void> SqliteBackend::attach(authority::ChangeListener& listener) {
    feed_.emplace(*writer_, listener);
    data_version_ = writer_->integer("PRAGMA data_version").value_or(0);
    auto const reported = feed_->report_all();
    if (!reported) report(reported.error(), "loading");
    report_damage();
    return reported ? Result<void>{} : std::unexpected{reported.error().for_caller()};
}

Result<void> SqliteBackend::begin() {
    if (!are_files_in_place()) return std::unexpected{Error::kStoreUnavailable};
    if (auto const begun = writer_->begin("BEGIN IMMEDIATE"); !begun) return failed(begun.error());
    return {};
}

Result<void> SqliteBackend::run(WriteRequest& request) {
    if (auto const ran = run_in_savepoint(request); !ran) return failed(ran.error());
    return {};
}

Result<void> SqliteBackend::prepare_commit() {
    if (auto const trimmed = SqliteFeed::trim(*writer_); !trimmed) return failed(trimmed.error());
    return {};
}

Result<void> SqliteBackend::commit() {
    if (auto const committed = writer_->execute("COMMIT"); !committed) {
        auto const failure = failed(committed.error());
        // What was written may reappear after a crash, unless there was no space for it.
        return is_full_ ? failure : std::unexpected{Error::kStoreOutcomeUnknown};
    }
    // The commit succeeded, but this process may not know all of it, or it may be lost with a file that was moved in the
    // meantime. The responses must not say that it has taken effect.
    if ((feed_ && !catch_up()) || !are_files_in_place()) return std::unexpected{Error::kStoreOutcomeUnknown};
    return {};
}

void SqliteBackend::roll_back() {
    is_behind_ = true;  // SQLite may report an error that occurred after the commit took effect
    if (!writer_->is_idle()) static_cast<void>(writer_->execute("ROLLBACK"));
    // A log that can't grow starts over once all of it is in the database, even without a restart.
    if (std::exchange(is_full_, false)) static_cast<void>(writer_->execute("PRAGMA wal_checkpoint(PASSIVE)"));
    // Decisions must agree with the current content of the store, whether or not the commit took effect.
    static_cast<void>(catch_up());
}

/// Returns whether the files were neither moved nor deleted. If they were, a process that has them open can still write to
/// them, but the result is lost. Logs each change of the outcome once.
bool SqliteBackend::are_files_in_place() {
    std::optional<std::string> change;
    for (auto& file : files_)
        if (!change) change = file.find_change();
    bool const is_in_place = !change.has_value();
    if (is_in_place_.exchange(is_in_place, std::memory_order_acq_rel) == is_in_place) return is_in_place;
    if (is_in_place) log_->info("store_back_in_place", {{"effect", "changes are accepted again"}});
    else
        log_->error("store_not_in_place",
                    {{"why", std::string_view{*change}},
                     {"effect", "changes are refused until it is back or the server is restarted; decisions continue from memory"}});
    return is_in_place;
}

/// Logs once which rows can't be read.
void SqliteBackend::report_damage() {
    auto const& damaged = feed_->damaged();
    if (damaged == std::exchange(reported_damage_, damaged) || damaged.empty()) return;
    metrics().count(metrics::StoreFailure::kDamaged);
    log_->error("store_damaged", {{"users", damaged.users()},
                                  {"tokens", damaged.tokens()},
                                  {"where", std::string_view{damaged.locations()}},
                                  {"effect", "they are rejected; 'warder check' shows details"}});
}

/// Runs one request in its own savepoint. The error returned is one of the database, which fails the whole batch.
Sqlite<void> SqliteBackend::run_in_savepoint(WriteRequest& request) {
    std::optional<SqliteError> failure;
    SqliteTransaction transaction{*writer_, [&failure](SqliteError const& error) {
                                      // A later constraint error must not hide an error of the database.
                                      if (!failure || failure->is_constraint()) failure = error;
                                  }};
    if (auto const marked = writer_->execute("SAVEPOINT request"); !marked) return marked;
    request.outcome = unless_out_of_memory(*log_, "writing", [&] { return request.work(transaction.ports()); });
    if (failure && failure->is_constraint()) {
        // The request violated a constraint: only this request is undone, even if its work ignored the error.
        report(*failure, "writing");
        request.outcome = std::unexpected{failure->for_caller()};
    } else if (failure) {
        return std::unexpected{std::move(*failure)};
    }
    return writer_->execute(request.outcome ? "RELEASE request" : "ROLLBACK TO request; RELEASE request");
}

Result<void> SqliteBackend::catch_up() {
    if (!feed_) return {};
    is_behind_ = true;  // until everything is reported, even if memory runs out before that
    auto const reported = feed_->catch_up();
    is_behind_ = !reported;
    report_damage();
    if (reported) return {};
    report(reported.error(), "reading changes");
    return std::unexpected{reported.error().for_caller()};
}

/// `data_version` changes when another
/// connection has committed, but not for this connection's own commits.
Result<void> SqliteBackend::poll() {
    static_cast<void>(are_files_in_place());
    if (!feed_) return {};
    auto const version = writer_->integer("PRAGMA data_version");
    if (!version) return std::unexpected{version.error().for_caller()};
    if (*version == data_version_ && !is_behind_) return {};
    auto caught_up = catch_up();
    if (caught_up) data_version_ = *version;
    return caught_up;
}

Result<void> SqliteBackend::read(authority::Store::Query& query) {
    SqliteTransaction transaction{*reader_, [this](SqliteError const& error) { report(error, "reading"); }};
    auto const view = ReadView::open(*reader_);
    if (!view) {
        report(view.error(), "reading");
        return std::unexpected{view.error().for_caller()};
    }
    return query(transaction.ports());
}

/// Checks the existing file. With `kCreate` a missing file is created, empty and readable by its owner only, who is that
/// of its directory.
std::optional<std::string> prepare_file(std::filesystem::path const& path, OpenMode mode) {
    struct stat facts{};
    if (mode != OpenMode::kCreate || ::lstat(path.c_str(), &facts) == 0 || errno != ENOENT) return validate_file(path, mode);
    files::File const file{path, O_RDWR | O_CREAT | O_EXCL};
    auto const error = file.error() == 0 ? files::chown_to_parent_owner(file, path) : file.error();
    if (error != 0 && error != EEXIST) return std::string{"can't be opened: "}.append(std::strerror(error));
    // Another process may have created it first.
    return validate_file(path, mode);
}

/// Sets WAL mode, in which readers continue while one connection writes, and `synchronous = FULL`, with which a commit
/// survives a power loss. SQLite doesn't fail if it can't do that but returns the mode that is in force, so both are
/// checked.
std::expected<void, std::string> make_durable(Connection& connection) {
    auto const mode = connection.text("PRAGMA journal_mode = WAL");
    if (!mode) return std::unexpected{message(mode.error())};
    if (*mode != "wal") return std::unexpected{"SQLite can't use a write-ahead log in this place, only the journal mode " + *mode};
    if (auto const set = connection.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000;"); !set)
        return std::unexpected{message(set.error())};
    auto const synchronous = connection.integer("PRAGMA synchronous");
    if (!synchronous) return std::unexpected{message(synchronous.error())};
    if (*synchronous != kSynchronousFull) return std::unexpected{"SQLite can't use synchronous = FULL in this place, so changes could be lost"};
    return {};
}

/// Makes SQLite reject every change by this connection, and keep a log that a process left when it was killed.
std::expected<void, std::string> make_read_only(Connection& connection, std::filesystem::path const& path, std::int64_t version) {
    if (!has_log(path)) connection.fold_log();  // there is nothing to keep, and no files must be left
    if (!is_present_version(version)) return std::unexpected{kIsOfAnotherVersion};
    if (auto const set = connection.execute("PRAGMA query_only = ON"); !set) return std::unexpected{message(set.error())};
    return {};
}

/// Prepares the connection for writing, with the current schema.
std::expected<void, std::string> make_writable(Connection& connection) {
    connection.fold_log();
    WARDER_TRY_VOID(make_durable(connection));
    return migrate(connection);
}

std::expected<std::unique_ptr<authority::Store>, std::string> open_both(std::filesystem::path const& path, OpenMode mode, log::Logger& log) {
    auto writer = Connection::open(path, Connection::Access::kReadWrite);
    if (!writer) return std::unexpected{message(writer.error())};
    // A store whose first log is damaged looks empty too. It must stay as it is, since it may be repaired.
    (*writer)->keep_log();
    WARDER_TRY(auto const version, validate_content(**writer, mode));
    WARDER_TRY_VOID(mode == OpenMode::kReadOnly ? make_read_only(**writer, path, version) : make_writable(**writer));
    auto reader = Connection::open(path, Connection::Access::kReadOnly);
    if (!reader) return std::unexpected{message(reader.error())};
    return std::make_unique<StoreThreads>(std::make_unique<SqliteBackend>(path, std::move(*writer), std::move(*reader), log), mode, log);
}

}  // namespace

authority::StoreCapabilities sqlite_capabilities() noexcept { return {.keeps_uses = true, .password_hash_kind = crypto::HashKind::kArgon2id}; }

std::expected<std::unique_ptr<authority::Store>, OpenError> open_sqlite(std::filesystem::path const& path, OpenMode mode, log::Logger& log) {
    auto const failure = [&](std::string const& why) { return std::unexpected{OpenError{"store " + path.string() + ": " + why}}; };
    if (auto const error = prepare_file(path, mode)) return failure(*error);
    auto store = open_both(path, mode, log);
    if (!store) return failure(store.error());
    return std::move(*store);
}

}  // namespace warder::store
