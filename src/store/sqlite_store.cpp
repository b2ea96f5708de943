// SPDX-License-Identifier: MIT
#include "store/sqlite_store.hpp"

#include "log/log.hpp"
#include "store/sqlite_check.hpp"
#include "store/sqlite_connection.hpp"
#include "store/sqlite_feed.hpp"
#include "store/sqlite_schema.hpp"
#include "store/sqlite_transaction.hpp"
#include "store/work_queue.hpp"

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
constexpr std::chrono::microseconds kLinger{1000};  // little beside a disk's fsync, enough for a crowd to share one
constexpr std::int64_t kSynchronousFull = 2;

struct WriteRequest {
    authority::Store::Work work;
    Done<void> done;
    Result<void> outcome{};
};
struct RefreshRequest {
    Done<void> done;
};
struct AttachRequest {
    authority::Listener* listener;
    Done<void> done;
};
using WriterRequest = std::variant<WriteRequest, RefreshRequest, AttachRequest>;

struct ReadRequest {
    authority::Store::Query query;
    Done<void> done;
};

/// One thread writes: what has queued up while the disk was busy with the last commit shares the next one. One thread reads.
class SqliteStore final : public authority::Store {
  public:
    SqliteStore(std::unique_ptr<Connection> writer, std::unique_ptr<Connection> reader, log::Logger& log)
        : log_{&log},
          writer_{std::move(writer)},
          reader_{std::move(reader)},
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

    Result<void> attach(authority::Listener& listener) override;
    void write(Work work, Done<void> done) override { queue(writes_, WriterRequest{WriteRequest{.work = std::move(work), .done = std::move(done)}}); }
    [[nodiscard]] bool keeps_uses() const noexcept override { return true; }
    void refresh(Done<void> done) override { queue(writes_, WriterRequest{RefreshRequest{std::move(done)}}); }
    void read(Query query, Done<void> done) override { queue(reads_, ReadRequest{.query = std::move(query), .done = std::move(done)}); }

  private:
    static void refuse(WriterRequest& request, Error error) {
        std::visit([error](auto& one) { one.done(std::unexpected{error}); }, request);
    }
    static void refuse(ReadRequest& request, Error error) { request.done(std::unexpected{error}); }
    template <class Request>
    static void queue(WorkQueue<Request>& to, Request request) {
        switch (to.push(request)) {
            case Admission::kTaken:
                return;
            case Admission::kFull:
                return refuse(request, Error::kBusy);
            case Admission::kClosed:
                return refuse(request, Error::kStoreUnavailable);
        }
    }

    void write_until_closed();
    void serve(std::vector<WriterRequest>& batch);
    void commit_together(std::vector<WriteRequest*> const& requests);
    Sqlite<void> run_all(std::vector<WriteRequest*> const& requests);
    Sqlite<void> run_one(WriteRequest& request);
    Result<void> catch_up();
    void poll();
    void read_until_closed();
    Result<void> read_one(ReadRequest& request);
    void report(SqliteError const& error, std::string_view doing) {
        log_->error("store_failed", {{"doing", doing}, {"sqlite", std::string_view{error.message}}});
    }

    log::Logger* log_;
    std::unique_ptr<Connection> writer_;
    std::unique_ptr<Connection> reader_;
    std::optional<SqliteFeed> feed_;  // the writer thread's
    std::int64_t data_version_ = 0;
    bool is_behind_ = false;  ///< The listener may not have heard of all that this process committed.
    WorkQueue<WriterRequest> writes_{kMaxQueued};
    WorkQueue<ReadRequest> reads_{kMaxQueued};
    std::jthread writer_thread_;  // last: they use all of the above
    std::jthread reader_thread_;
};

Result<void> SqliteStore::attach(authority::Listener& listener) {
    std::promise<Result<void>> told;
    auto outcome = told.get_future();
    queue(writes_, WriterRequest{AttachRequest{.listener = &listener, .done = [&told](Result<void> result) { told.set_value(std::move(result)); }}});
    return outcome.get();
}

void SqliteStore::write_until_closed() {
    for (;;) {
        auto batch = writes_.take(kMaxBatch, kPollPeriod, kLinger);
        if (!batch) return;
        if (batch->empty()) poll();
        else serve(*batch);
    }
}

void SqliteStore::serve(std::vector<WriterRequest>& batch) {
    std::vector<WriteRequest*> writes;
    for (auto& request : batch)
        if (auto* const write = std::get_if<WriteRequest>(&request)) writes.push_back(write);
    if (!writes.empty()) commit_together(writes);

    for (auto& request : batch) {
        if (auto* const write = std::get_if<WriteRequest>(&request)) {
            write->done(std::move(write->outcome));
        } else if (auto* const refresh = std::get_if<RefreshRequest>(&request)) {
            refresh->done(catch_up());
        } else {
            auto& attach = std::get<AttachRequest>(request);
            feed_.emplace(*writer_, *attach.listener);
            data_version_ = writer_->integer("PRAGMA data_version").value_or(0);
            auto const told = feed_->tell_everything();
            if (!told) report(told.error(), "loading");
            attach.done(told ? Result<void>{} : std::unexpected{told.error().for_caller()});
        }
    }
}

void SqliteStore::commit_together(std::vector<WriteRequest*> const& requests) {
    auto const committed = run_all(requests);
    if (!committed) {
        report(committed.error(), "committing");
        is_behind_ = true;  // SQLite may report a fault that it met behind the point of no return
        if (!writer_->is_idle()) static_cast<void>(writer_->execute("ROLLBACK"));
        for (auto* const request : requests) request->outcome = std::unexpected{committed.error().for_caller()};
        return;
    }
    if (feed_ && !catch_up()) {
        // The commit holds, but this process may not know all of it: whoever asked must not be told that it acts.
        for (auto* const request : requests)
            if (request->outcome) request->outcome = std::unexpected{Error::kStoreUnavailable};
    }
}

Sqlite<void> SqliteStore::run_all(std::vector<WriteRequest*> const& requests) {
    if (auto const begun = writer_->execute("BEGIN IMMEDIATE"); !begun) return begun;
    for (auto* const request : requests)
        if (auto const ran = run_one(*request); !ran) return ran;
    if (auto const trimmed = SqliteFeed::trim(*writer_); !trimmed) return trimmed;
    return writer_->execute("COMMIT");
}

/// Runs one request in a savepoint of its own. An error is one of the machinery, which fails the whole batch.
Sqlite<void> SqliteStore::run_one(WriteRequest& request) {
    std::optional<SqliteError> failure;
    SqliteTransaction transaction{*writer_, [&failure](SqliteError const& error) {
                                      // A later constraint must not hide a failure of the machinery.
                                      if (!failure || failure->is_constraint()) failure = error;
                                  }};
    if (auto const marked = writer_->execute("SAVEPOINT request"); !marked) return marked;
    request.outcome = request.work(transaction);
    if (failure && failure->is_constraint()) {
        // One request broke a rule of the schema: it alone is undone, whatever it made of the error.
        report(*failure, "writing");
        request.outcome = std::unexpected{failure->for_caller()};
    } else if (failure) {
        return std::unexpected{std::move(*failure)};
    }
    return writer_->execute(request.outcome ? "RELEASE request" : "ROLLBACK TO request; RELEASE request");
}

Result<void> SqliteStore::catch_up() {
    if (!feed_) return {};
    auto const told = feed_->catch_up();
    is_behind_ = !told;
    if (told) return {};
    report(told.error(), "reading changes");
    return std::unexpected{told.error().for_caller()};
}

/// For a process that died between its commit and its knock: `data_version` moves when another connection has committed. It doesn't for our own
/// commits.
void SqliteStore::poll() {
    if (!feed_) return;
    auto const version = writer_->integer("PRAGMA data_version");
    if (!version || (*version == data_version_ && !is_behind_)) return;
    if (catch_up()) data_version_ = *version;
}

void SqliteStore::read_until_closed() {
    while (auto batch = reads_.take(1, std::chrono::hours{1}))
        for (auto& request : *batch) {
            auto outcome = read_one(request);
            request.done(std::move(outcome));
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

/// Judges the file that is there, or makes an empty one, for nobody else to read, where that is asked for.
std::optional<std::string> prepare_file(std::filesystem::path const& path, OpenMode mode) {
    struct stat facts{};
    if (mode == OpenMode::kExisting || ::lstat(path.c_str(), &facts) == 0 || errno != ENOENT) return judge_file(path);
    int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
    else if (errno != EEXIST) return std::string{"it can't be opened: "}.append(std::strerror(errno));
    // Another process may have been faster.
    return judge_file(path);
}

/// WAL lets readers go on while one writes; FULL makes a commit survive a power loss. SQLite answers a wish that it can't fulfil with what holds
/// instead.
std::expected<void, std::string> make_durable(Connection& connection) {
    auto const mode = connection.text("PRAGMA journal_mode = WAL");
    if (!mode) return std::unexpected{say(mode.error())};
    if (*mode != "wal") return std::unexpected{"SQLite can keep no write-ahead log there, only the journal mode " + *mode};
    if (auto const set = connection.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000;"); !set)
        return std::unexpected{say(set.error())};
    auto const synchronous = connection.integer("PRAGMA synchronous");
    if (!synchronous) return std::unexpected{say(synchronous.error())};
    if (*synchronous != kSynchronousFull) return std::unexpected{"SQLite does not wait for the disk there"};
    return {};
}

std::expected<std::unique_ptr<authority::Store>, std::string> open_both(std::filesystem::path const& path, log::Logger& log) {
    auto writer = Connection::open(path, Connection::Access::kReadWrite);
    if (!writer) return std::unexpected{say(writer.error())};
    if (auto const durable = make_durable(**writer); !durable) return std::unexpected{durable.error()};
    if (auto const migrated = migrate(**writer); !migrated) return std::unexpected{migrated.error()};
    auto reader = Connection::open(path, Connection::Access::kReadOnly);
    if (!reader) return std::unexpected{say(reader.error())};
    return std::make_unique<SqliteStore>(std::move(*writer), std::move(*reader), log);
}

}  // namespace

std::expected<std::unique_ptr<authority::Store>, OpenError> open_sqlite(std::filesystem::path const& path, OpenMode mode, log::Logger& log) {
    auto const refuse = [&](std::string const& why) { return std::unexpected{OpenError{"store " + path.string() + ": " + why}}; };
    if (auto const fault = prepare_file(path, mode)) return refuse(*fault);
    auto store = open_both(path, log);
    if (!store) return refuse(store.error());
    return std::move(*store);
}

}  // namespace warder::store
