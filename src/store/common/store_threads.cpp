// SPDX-License-Identifier: MIT
#include "store/common/store_threads.hpp"

#include "store/common/host_name.hpp"

#include <chrono>
#include <exception>
#include <future>
#include <utility>
#include <variant>

namespace warder::store {

using authority::Done;
using authority::Error;
using authority::Result;

namespace {

constexpr std::size_t kMaxBatch = 256;
constexpr int kMostRepetitions = 5;
constexpr std::chrono::seconds kPollPeriod{1};
constexpr std::chrono::microseconds kLinger{1000};  // short compared with a disk's fsync, but enough for many clients to share one

}  // namespace

/// A write is acknowledged after the listener has seen it, and there is no other node.
void Backend::await_propagation(std::chrono::milliseconds /*limit*/, Done<authority::Propagation> done) {
    done(authority::Propagation{.is_complete = true, .applied = {{.node = host_name(), .after = {}}}});
}

StoreThreads::StoreThreads(std::unique_ptr<Backend> backend, OpenMode mode, log::Logger& log)
    : log_{&log},
      is_read_only_{mode == OpenMode::kReadOnly},
      backend_{std::move(backend)},
      batch_{make_room<WriterRequest>(kMaxBatch)},
      batch_writes_{make_room<WriteRequest*>(kMaxBatch)},
      writer_thread_{[this] { write_until_closed(); }} {
    for (std::size_t reader = 0; reader < backend_->readers(); ++reader) reading_.push_back(make_room<ReadRequest>(1));
    for (auto& taken : reading_) reader_threads_.emplace_back([this, &taken] { read_until_closed(taken); });
}

StoreThreads::~StoreThreads() {
    writes_.close();
    reads_.close();
    writer_thread_.join();
    reader_threads_.clear();
}

Result<void> StoreThreads::attach(authority::ChangeListener& listener) {
    std::promise<Result<void>> attached;
    auto outcome = attached.get_future();
    queue(writes_,
          WriterRequest{AttachRequest{.listener = &listener, .done = [&attached](Result<void> result) { attached.set_value(std::move(result)); }}});
    return outcome.get();
}

void StoreThreads::write(Work work, Done<void> done) {
    if (is_read_only_) return done(std::unexpected{Error::kStoreUnavailable});
    queue(writes_, WriterRequest{WriteRequest{.work = std::move(work), .done = std::move(done)}});
}

void StoreThreads::write(Work work, ExpectedReads const& reads, Done<void> done) {
    if (is_read_only_) return done(std::unexpected{Error::kStoreUnavailable});
    queue(writes_, WriterRequest{WriteRequest{.work = std::move(work), .done = std::move(done), .reads = reads}});
}

void StoreThreads::read(Query query, Done<void> done) { queue(reads_, ReadRequest{.query = std::move(query), .done = std::move(done)}); }

/// The threads reject what is in the queue as soon as they have ended what they run.
void StoreThreads::end_reads() noexcept {
    are_reads_ended_ = true;
    reads_.close();
    backend_->end_reads();
}

void StoreThreads::refresh(Done<void> done) { queue(writes_, WriterRequest{RefreshRequest{std::move(done)}}); }

void StoreThreads::write_until_closed() noexcept {
    while (writes_.take(batch_, kPollPeriod, kLinger)) {
        if (batch_.empty()) {
            auto const polled = unless_out_of_memory(*log_, "reading changes", [this] { return backend_->poll(); });
            if (backend_->has_watcher()) note_failure(polled);
            else note_read(polled);
        }
        batch_writes_.clear();
        for (auto& request : batch_)
            if (auto* const write = std::get_if<WriteRequest>(&request)) batch_writes_.push_back(write);
        if (!batch_writes_.empty()) commit_together();
        for (auto& request : batch_) serve(request);
    }
}

/// Counts the outcome of reading the changes: how old the index is depends on it.
void StoreThreads::note_read(Result<void> const& read) noexcept {
    note_failure(read);
    if (read && backend_->is_available()) backend_->metrics().mark_current();
}

/// Counts an outcome if the store failed. Errors of use cases are none of these.
void StoreThreads::note_failure(Result<void> const& outcome) noexcept {
    using metrics::StoreFailure;
    if (outcome) return;
    if (outcome.error() == Error::kStoreFull) backend_->metrics().count(StoreFailure::kFull);
    if (outcome.error() == Error::kStoreUnavailable || outcome.error() == Error::kStoreOutcomeUnknown)
        backend_->metrics().count(StoreFailure::kUnavailable);
}

void StoreThreads::commit_together() noexcept {
    auto const began = metrics::StoreMetrics::Clock::now();
    auto outcome = try_to_commit();
    for (int count = 0; !outcome && backend_->wants_repetition() && count < kMostRepetitions; ++count) {
        roll_back();
        outcome = try_to_commit();
    }
    note_failure(outcome);
    if (outcome) {
        backend_->metrics().observe_commit(metrics::StoreMetrics::Clock::now() - began);
        backend_->metrics().mark_current();
        for (auto const* const request : batch_writes_) note_failure(request->outcome);
        return;
    }
    // This includes the requests that failed by themselves: what they found may have been a change of another one.
    for (auto* const request : batch_writes_) request->outcome = outcome;
    roll_back();
}

Result<void> StoreThreads::try_to_commit() noexcept {
    is_committing_ = false;
    try {
        return run_and_commit();
    } catch (std::exception const&) {
        log_->note_memory_shortage("committing");
        return std::unexpected{is_committing_ ? Error::kStoreOutcomeUnknown : Error::kStoreUnavailable};
    }
}

void StoreThreads::roll_back() noexcept {
    static_cast<void>(unless_out_of_memory(*log_, "rolling back", [this]() -> Result<void> {
        backend_->roll_back();
        return {};
    }));
}

Result<void> StoreThreads::run_and_commit() {
    if (auto begun = backend_->begin(); !begun) return begun;
    if (auto read = backend_->read_ahead(batch_writes_); !read) return read;
    for (auto* const request : batch_writes_)
        if (auto ran = backend_->run(*request); !ran) return ran;
    if (auto prepared = backend_->prepare_commit(); !prepared) return prepared;
    is_committing_ = true;
    return backend_->commit();
}

void StoreThreads::serve(WriterRequest& request) noexcept {
    if (auto* const write = std::get_if<WriteRequest>(&request)) return answer(write->done, write->outcome);
    if (auto* const refresh = std::get_if<RefreshRequest>(&request)) {
        auto const read = unless_out_of_memory(*log_, "reading changes", [this] { return backend_->refresh(); });
        note_read(read);
        return answer(refresh->done, read);
    }
    auto& attach = std::get<AttachRequest>(request);
    auto const loaded = unless_out_of_memory(*log_, "loading", [&] { return backend_->attach(*attach.listener); });
    note_read(loaded);
    answer(attach.done, loaded);
}

void StoreThreads::read_until_closed(std::vector<ReadRequest>& taken) noexcept {
    while (reads_.take(taken, std::chrono::hours{1}))
        for (auto& request : taken) {
            if (are_reads_ended_) {
                reject(request, Error::kStoreUnavailable);
                continue;
            }
            auto const outcome = unless_out_of_memory(*log_, "reading", [&] { return backend_->read(request.query); });
            note_failure(outcome);
            answer(request.done, outcome);
        }
}

}  // namespace warder::store
