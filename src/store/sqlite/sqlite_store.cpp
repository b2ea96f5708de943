// SPDX-License-Identifier: MIT
#include "store/sqlite/sqlite_store.hpp"

#include "files/posix_file.hpp"
#include "log/log.hpp"
#include "store/common/report_limit.hpp"
#include "store/common/requests.hpp"
#include "store/common/work_queue.hpp"
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
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <future>
#include <optional>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace warder::store {
namespace {

using authority::Done;
using authority::Error;
using authority::Result;

constexpr std::size_t kMaxQueued = 4096;
constexpr std::size_t kMaxBatch = 256;
constexpr std::chrono::seconds kPollPeriod{1};
constexpr std::chrono::microseconds kLinger{1000};  // short compared with a disk's fsync, but enough for many clients to share one
constexpr std::int64_t kSynchronousFull = 2;

/// A store with one writer thread and one reader thread. Requests that queue up during a commit share the next one.
class SqliteStore final : public authority::Store {
  public:
    SqliteStore(std::filesystem::path const& path, std::unique_ptr<Connection> writer, std::unique_ptr<Connection> reader, log::Logger& log)
        : log_{&log},
          files_{WatchedFile{path}, WatchedFile{files::beside(path, "-wal")}, WatchedFile{files::beside(path, "-shm")}},
          writer_{std::move(writer)},
          reader_{std::move(reader)},
          batch_{make_room<WriterRequest>(kMaxBatch)},
          batch_writes_{make_room<WriteRequest*>(kMaxBatch)},
          reading_{make_room<ReadRequest>(1)},
          writer_thread_{[this] { write_until_closed(); }},
          reader_thread_{[this] { read_until_closed(); }} {}

    ~SqliteStore() override {
        writes_.close();
        reads_.close();
        writer_thread_.join();
        reader_thread_.join();
    }
    SqliteStore(SqliteStore const&) = delete;
    SqliteStore& operator=(SqliteStore const&) = delete;

    Result<void> attach(authority::ChangeListener& listener) override;
    void write(Work work, Done<void> done) override { queue(writes_, WriterRequest{WriteRequest{.work = std::move(work), .done = std::move(done)}}); }
    [[nodiscard]] bool keeps_uses() const noexcept override { return true; }
    void refresh(Done<void> done) override { queue(writes_, WriterRequest{RefreshRequest{std::move(done)}}); }
    [[nodiscard]] bool is_available() const noexcept override { return is_in_place_.load(std::memory_order_acquire); }
    void read(Query query, Done<void> done) override { queue(reads_, ReadRequest{.query = std::move(query), .done = std::move(done)}); }

  private:
    void write_until_closed() noexcept;
    void serve(WriterRequest& request) noexcept;
    Result<void> refresh_listener();
    Result<void> start_feed(authority::ChangeListener& listener);
    void commit_together() noexcept;
    void commit_or_throw();
    void fail_together(SqliteError const& error, bool is_outcome_unknown);
    void fail_for_memory() noexcept;
    void answer_all(Error error) noexcept;
    Sqlite<void> run_all();
    bool are_files_in_place();
    void report_damage();
    Sqlite<void> run_one(WriteRequest& request);
    Result<void> catch_up();
    Result<void> poll();
    void read_until_closed() noexcept;
    Result<void> read_one(ReadRequest& request);
    void report(SqliteError const& error, std::string_view doing) {
        if (auto const held_back = reports_.admit(doing))
            log_->error("store_failed", {{"doing", doing}, {"sqlite", std::string_view{error.message}}, {"held_back", *held_back}});
    }

    log::Logger* log_;
    ReportLimit reports_;
    std::array<WatchedFile, 3> files_;  // for the writer thread only
    std::atomic<bool> is_in_place_{true};
    DamagedRows reported_damage_;  // for the writer thread only
    std::unique_ptr<Connection> writer_;
    std::unique_ptr<Connection> reader_;
    std::optional<SqliteFeed> feed_;  // for the writer thread only
    std::int64_t data_version_ = 0;
    bool is_behind_ = false;                   ///< The listener may not know everything that this process has committed.
    bool has_begun_commit_ = false;            ///< The writes of the current requests may have been committed.
    std::vector<WriterRequest> batch_;         ///< Reserved in full, so that taking requests allocates nothing; the same for the next one.
    std::vector<WriteRequest*> batch_writes_;  ///< The write requests of the batch.
    std::vector<ReadRequest> reading_;         // for the reader thread only
    WorkQueue<WriterRequest> writes_{kMaxQueued};
    WorkQueue<ReadRequest> reads_{kMaxQueued};
    std::jthread writer_thread_;  // last, because the threads use everything above
    std::jthread reader_thread_;
};

Result<void> SqliteStore::attach(authority::ChangeListener& listener) {
    std::promise<Result<void>> reported;
    auto outcome = reported.get_future();
    queue(writes_,
          WriterRequest{AttachRequest{.listener = &listener, .done = [&reported](Result<void> result) { reported.set_value(std::move(result)); }}});
    return outcome.get();
}

void SqliteStore::write_until_closed() noexcept {
    while (writes_.take(batch_, kPollPeriod, kLinger)) {
        if (batch_.empty()) {
            static_cast<void>(unless_out_of_memory(*log_, "reading changes", [this] { return poll(); }));
            continue;
        }
        batch_writes_.clear();
        for (auto& request : batch_)
            if (auto* const write = std::get_if<WriteRequest>(&request)) batch_writes_.push_back(write);
        if (!batch_writes_.empty()) commit_together();
        for (auto& request : batch_) serve(request);
    }
}

void SqliteStore::serve(WriterRequest& request) noexcept {
    if (auto* const write = std::get_if<WriteRequest>(&request)) return answer(write->done, write->outcome);
    if (auto* const refresh = std::get_if<RefreshRequest>(&request))
        return answer(refresh->done, unless_out_of_memory(*log_, "reading changes", [this] { return refresh_listener(); }));
    auto& attach = std::get<AttachRequest>(request);
    answer(attach.done, unless_out_of_memory(*log_, "loading", [&] { return start_feed(*attach.listener); }));
}

/// Fails if the store's files were replaced: the caller's change is in the file that now has the name, which this
/// process doesn't read.
Result<void> SqliteStore::refresh_listener() {
    auto caught_up = catch_up();
    if (!are_files_in_place()) return std::unexpected{Error::kStoreUnavailable};
    return caught_up;
}

Result<void> SqliteStore::start_feed(authority::ChangeListener& listener) {
    feed_.emplace(*writer_, listener);
    data_version_ = writer_->integer("PRAGMA data_version").value_or(0);
    auto const reported = feed_->report_all();
    if (!reported) report(reported.error(), "loading");
    report_damage();
    return reported ? Result<void>{} : std::unexpected{reported.error().for_caller()};
}

void SqliteStore::answer_all(Error error) noexcept {
    for (auto* const request : batch_writes_)
        if (request->outcome) request->outcome = std::unexpected{error};
}

void SqliteStore::commit_together() noexcept {
    has_begun_commit_ = false;
    try {
        commit_or_throw();
    } catch (std::exception const&) {
        fail_for_memory();
    }
}

void SqliteStore::commit_or_throw() {
    if (!are_files_in_place()) return answer_all(Error::kStoreUnavailable);
    if (auto const ran = run_all(); !ran) return fail_together(ran.error(), false);
    has_begun_commit_ = true;
    if (auto const committed = writer_->execute("COMMIT"); !committed) return fail_together(committed.error(), !committed.error().is_full());
    // The commit succeeded, but this process may not know all of it, or it may be lost with a file that was moved in the
    // meantime. The responses must not say that it has taken effect.
    if ((feed_ && !catch_up()) || !are_files_in_place()) answer_all(Error::kStoreOutcomeUnknown);
}

/// @param is_outcome_unknown  whether the commit itself failed: then what was written may reappear after a crash.
void SqliteStore::fail_together(SqliteError const& error, bool is_outcome_unknown) {
    for (auto* const request : batch_writes_)
        request->outcome = std::unexpected{is_outcome_unknown ? Error::kStoreOutcomeUnknown : error.for_caller()};
    is_behind_ = true;  // SQLite may report an error that occurred after the commit took effect
    if (!writer_->is_idle()) static_cast<void>(writer_->execute("ROLLBACK"));
    report(error, "committing");
    // A log that can't grow starts over once all of it is in the database, even without a restart.
    if (error.is_full()) static_cast<void>(writer_->execute("PRAGMA wal_checkpoint(PASSIVE)"));
    // Decisions must agree with the current content of the store, whether or not the commit took effect.
    static_cast<void>(catch_up());
}

/// Undoes what is not committed. What is committed may take effect later, when memory is available again.
void SqliteStore::fail_for_memory() noexcept {
    answer_all(has_begun_commit_ ? Error::kStoreOutcomeUnknown : Error::kStoreUnavailable);
    is_behind_ = true;
    if (!writer_->is_idle()) static_cast<void>(writer_->execute("ROLLBACK"));
    log_->note_memory_shortage("committing");
}

Sqlite<void> SqliteStore::run_all() {
    if (auto const begun = writer_->begin("BEGIN IMMEDIATE"); !begun) return begun;
    for (auto* const request : batch_writes_)
        if (auto const ran = run_one(*request); !ran) return ran;
    return SqliteFeed::trim(*writer_);
}

/// Returns whether the files were neither moved nor deleted. If they were, a process that has them open can still write to
/// them, but the result is lost. Logs each change of the outcome once.
bool SqliteStore::are_files_in_place() {
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
void SqliteStore::report_damage() {
    auto const& damaged = feed_->damaged();
    if (damaged == std::exchange(reported_damage_, damaged) || damaged.empty()) return;
    log_->error("store_damaged", {{"users", damaged.users()},
                                  {"tokens", damaged.tokens()},
                                  {"where", std::string_view{damaged.locations()}},
                                  {"effect", "they are rejected; 'warder check' shows details"}});
}

/// Runs one request in its own savepoint. The error returned is one of the database, which fails the whole batch.
Sqlite<void> SqliteStore::run_one(WriteRequest& request) {
    std::optional<SqliteError> failure;
    SqliteTransaction transaction{*writer_, [&failure](SqliteError const& error) {
                                      // A later constraint error must not hide an error of the database.
                                      if (!failure || failure->is_constraint()) failure = error;
                                  }};
    if (auto const marked = writer_->execute("SAVEPOINT request"); !marked) return marked;
    request.outcome = unless_out_of_memory(*log_, "writing", [&] { return request.work(transaction); });
    if (failure && failure->is_constraint()) {
        // The request violated a constraint: only this request is undone, even if its work ignored the error.
        report(*failure, "writing");
        request.outcome = std::unexpected{failure->for_caller()};
    } else if (failure) {
        return std::unexpected{std::move(*failure)};
    }
    return writer_->execute(request.outcome ? "RELEASE request" : "ROLLBACK TO request; RELEASE request");
}

Result<void> SqliteStore::catch_up() {
    if (!feed_) return {};
    is_behind_ = true;  // until everything is reported, even if memory runs out before that
    auto const reported = feed_->catch_up();
    is_behind_ = !reported;
    report_damage();
    if (reported) return {};
    report(reported.error(), "reading changes");
    return std::unexpected{reported.error().for_caller()};
}

/// Handles a process that died after its commit and before it notified this one: `data_version` changes when another
/// connection has committed, but not for this connection's own commits.
Result<void> SqliteStore::poll() {
    static_cast<void>(are_files_in_place());
    if (!feed_) return {};
    auto const version = writer_->integer("PRAGMA data_version");
    if (!version || (*version == data_version_ && !is_behind_)) return {};
    auto caught_up = catch_up();
    if (caught_up) data_version_ = *version;
    return caught_up;
}

void SqliteStore::read_until_closed() noexcept {
    while (reads_.take(reading_, std::chrono::hours{1}))
        for (auto& request : reading_) {
            auto const outcome = unless_out_of_memory(*log_, "reading", [&] { return read_one(request); });
            answer(request.done, outcome);
        }
}

Result<void> SqliteStore::read_one(ReadRequest& request) {
    SqliteTransaction transaction{*reader_, [this](SqliteError const& error) { report(error, "reading"); }};
    auto const view = ReadView::open(*reader_);
    if (!view) {
        report(view.error(), "reading");
        return std::unexpected{view.error().for_caller()};
    }
    return request.query(transaction);
}

/// Checks the existing file. With `kCreate` a missing file is created, empty and readable by its owner only.
std::optional<std::string> prepare_file(std::filesystem::path const& path, OpenMode mode) {
    struct stat facts{};
    if (mode != OpenMode::kCreate || ::lstat(path.c_str(), &facts) == 0 || errno != ENOENT) return validate_file(path, mode);
    int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
    else if (errno != EEXIST) return std::string{"can't be opened: "}.append(std::strerror(errno));
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

std::expected<std::unique_ptr<authority::Store>, std::string> open_both(std::filesystem::path const& path, OpenMode mode, log::Logger& log) {
    auto writer = Connection::open(path, Connection::Access::kReadWrite);
    if (!writer) return std::unexpected{message(writer.error())};
    // A store whose first log is damaged looks empty too. It must stay as it is, since it may be repaired.
    (*writer)->keep_log();
    if (auto const content = validate_content(**writer, mode); !content) return std::unexpected{content.error()};
    (*writer)->fold_log();
    if (auto const durable = make_durable(**writer); !durable) return std::unexpected{durable.error()};
    if (auto const migrated = migrate(**writer); !migrated) return std::unexpected{migrated.error()};
    auto reader = Connection::open(path, Connection::Access::kReadOnly);
    if (!reader) return std::unexpected{message(reader.error())};
    return std::make_unique<SqliteStore>(path, std::move(*writer), std::move(*reader), log);
}

}  // namespace

std::expected<std::unique_ptr<authority::Store>, OpenError> open_sqlite(std::filesystem::path const& path, OpenMode mode, log::Logger& log) {
    auto const failure = [&](std::string const& why) { return std::unexpected{OpenError{"store " + path.string() + ": " + why}}; };
    if (auto const error = prepare_file(path, mode)) return failure(*error);
    auto store = open_both(path, mode, log);
    if (!store) return failure(store.error());
    return std::move(*store);
}

}  // namespace warder::store
