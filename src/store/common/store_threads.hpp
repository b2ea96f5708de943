// SPDX-License-Identifier: MIT
#pragma once

#include "log/log.hpp"
#include "metrics/store_metrics.hpp"
#include "store/common/open.hpp"
#include "store/common/requests.hpp"
#include "store/common/work_queue.hpp"
#include "warder/store.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace warder::store {

/// What differs between stores that have a writer thread and reader threads; see `StoreThreads`. Except where noted,
/// the functions are called by the writer thread. They may run out of memory.
class Backend {
  public:
    virtual ~Backend() = default;

    /// Begins a transaction for the requests of one commit.
    virtual authority::Result<void> begin() = 0;
    /// Reads ahead what the requests of the transaction expect to read.
    virtual authority::Result<void> read_ahead(std::span<WriteRequest* const>) { return {}; }
    /// Runs the work of one request and sets its outcome. A request that fails leaves no change in the transaction.
    /// @return an error if the transaction can't continue.
    virtual authority::Result<void> run(WriteRequest& request) = 0;
    /// Does what may still fail without a doubt about the outcome. Called after the last request of the transaction.
    virtual authority::Result<void> prepare_commit() = 0;
    /// Commits, and reports the changes to the listener. If memory runs out, the outcome counts as unknown.
    virtual authority::Result<void> commit() = 0;
    /// Undoes what is not committed after one of the functions above failed, and makes the listener agree with
    /// what the store contains then.
    virtual void roll_back() = 0;
    /// Returns whether the requests may succeed if the transaction is run again. Called after a failure, before
    /// `roll_back`.
    [[nodiscard]] virtual bool wants_repetition() noexcept { return false; }

    /// Reports the complete content to the listener, and every change from then on.
    virtual authority::Result<void> attach(authority::ChangeListener& listener) = 0;
    /// Reports what any process has committed. Called on request.
    virtual authority::Result<void> refresh() = 0;
    /// Does the same each second without requests: another process may have died after its commit and before it
    /// notified this one.
    virtual authority::Result<void> poll() { return refresh(); }
    /// Returns whether `poll` may leave that to a thread of the backend, which then records in the metrics when the index is current.
    [[nodiscard]] virtual bool has_watcher() const noexcept { return false; }

    /// Returns how many queries may run at the same time, each on a thread of its own. Does not change.
    [[nodiscard]] virtual std::size_t readers() const noexcept { return 1; }
    /// Runs a query. Called by the reader threads.
    virtual authority::Result<void> read(authority::Store::Query& query) = 0;

    // Called by any thread; see `authority::Store`.
    [[nodiscard]] virtual bool is_available() const noexcept = 0;
    [[nodiscard]] virtual authority::StoreCapabilities capabilities() const noexcept = 0;
    [[nodiscard]] metrics::StoreMetrics& metrics() noexcept { return metrics_; }
    [[nodiscard]] virtual index::Freshness const* freshness() const noexcept { return nullptr; }
    virtual void await_propagation(std::chrono::milliseconds limit, authority::Done<authority::Propagation> done);
    virtual void end_waits() noexcept {}
    /// Ends the queries that run, if they could take long, and all later ones.
    virtual void end_reads() noexcept {}

  private:
    metrics::StoreMetrics metrics_;
};

/// A store with one writer thread and some reader threads. Requests that queue up during a commit share the next one.
class StoreThreads final : public authority::Store {
  public:
    /// @param mode  with `kReadOnly`, all writes fail.
    StoreThreads(std::unique_ptr<Backend> backend, OpenMode mode, log::Logger& log);
    ~StoreThreads() override;
    StoreThreads(StoreThreads const&) = delete;
    StoreThreads& operator=(StoreThreads const&) = delete;

    authority::Result<void> attach(authority::ChangeListener& listener) override;
    void write(Work work, authority::Done<void> done) override;
    void write(Work work, ExpectedReads const& reads, authority::Done<void> done) override;
    void read(Query query, authority::Done<void> done) override;
    void refresh(authority::Done<void> done) override;
    void await_propagation(std::chrono::milliseconds limit, authority::Done<authority::Propagation> done) override {
        backend_->await_propagation(limit, std::move(done));
    }
    void end_waits() noexcept override { backend_->end_waits(); }
    void end_reads() noexcept override;
    [[nodiscard]] bool is_available() const noexcept override { return backend_->is_available(); }
    [[nodiscard]] authority::StoreCapabilities capabilities() const noexcept override { return backend_->capabilities(); }
    [[nodiscard]] metrics::StoreMetrics const* metrics() const noexcept override { return &backend_->metrics(); }
    [[nodiscard]] index::Freshness const* freshness() const noexcept override { return backend_->freshness(); }

  private:
    void write_until_closed() noexcept;
    void commit_together() noexcept;
    void note_read(authority::Result<void> const& read) noexcept;
    void note_failure(authority::Result<void> const& outcome) noexcept;
    authority::Result<void> run_and_commit();
    authority::Result<void> try_to_commit() noexcept;
    void roll_back() noexcept;
    void serve(WriterRequest& request) noexcept;
    void read_until_closed(std::vector<ReadRequest>& taken) noexcept;

    static constexpr std::size_t kMaxQueued = 4096;

    log::Logger* log_;
    bool is_read_only_;
    std::unique_ptr<Backend> backend_;
    std::atomic<bool> are_reads_ended_{false};       ///< What is still in the queue is rejected.
    bool is_committing_ = false;                     ///< The changes of the current requests may have been committed.
    std::vector<WriterRequest> batch_;               ///< Reserved in full, so that taking requests allocates nothing; the same for the next one.
    std::vector<WriteRequest*> batch_writes_;        ///< The write requests of the batch.
    std::vector<std::vector<ReadRequest>> reading_;  ///< For each reader thread, room for a request.
    WorkQueue<WriterRequest> writes_{kMaxQueued};
    WorkQueue<ReadRequest> reads_{kMaxQueued};
    std::jthread writer_thread_;  // last, because the threads use everything above
    std::vector<std::jthread> reader_threads_;
};

}  // namespace warder::store
