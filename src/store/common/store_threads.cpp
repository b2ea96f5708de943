// SPDX-License-Identifier: MIT
#include "store/common/store_threads.hpp"

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
constexpr std::chrono::seconds kPollPeriod{1};
constexpr std::chrono::microseconds kLinger{1000};  // short compared with a disk's fsync, but enough for many clients to share one

}  // namespace

StoreThreads::StoreThreads(std::unique_ptr<Backend> backend, log::Logger& log)
    : log_{&log},
      backend_{std::move(backend)},
      batch_{make_room<WriterRequest>(kMaxBatch)},
      batch_writes_{make_room<WriteRequest*>(kMaxBatch)},
      reading_{make_room<ReadRequest>(1)},
      writer_thread_{[this] { write_until_closed(); }},
      reader_thread_{[this] { read_until_closed(); }} {}

StoreThreads::~StoreThreads() {
    writes_.close();
    reads_.close();
    writer_thread_.join();
    reader_thread_.join();
}

Result<void> StoreThreads::attach(authority::ChangeListener& listener) {
    std::promise<Result<void>> attached;
    auto outcome = attached.get_future();
    queue(writes_,
          WriterRequest{AttachRequest{.listener = &listener, .done = [&attached](Result<void> result) { attached.set_value(std::move(result)); }}});
    return outcome.get();
}

void StoreThreads::write(Work work, Done<void> done) {
    queue(writes_, WriterRequest{WriteRequest{.work = std::move(work), .done = std::move(done)}});
}

void StoreThreads::read(Query query, Done<void> done) { queue(reads_, ReadRequest{.query = std::move(query), .done = std::move(done)}); }

void StoreThreads::refresh(Done<void> done) { queue(writes_, WriterRequest{RefreshRequest{std::move(done)}}); }

void StoreThreads::write_until_closed() noexcept {
    while (writes_.take(batch_, kPollPeriod, kLinger)) {
        if (batch_.empty()) static_cast<void>(unless_out_of_memory(*log_, "reading changes", [this] { return backend_->poll(); }));
        batch_writes_.clear();
        for (auto& request : batch_)
            if (auto* const write = std::get_if<WriteRequest>(&request)) batch_writes_.push_back(write);
        if (!batch_writes_.empty()) commit_together();
        for (auto& request : batch_) serve(request);
    }
}

void StoreThreads::commit_together() noexcept {
    is_committing_ = false;
    Result<void> outcome;
    try {
        outcome = run_and_commit();
    } catch (std::exception const&) {
        log_->note_memory_shortage("committing");
        outcome = std::unexpected{is_committing_ ? Error::kStoreOutcomeUnknown : Error::kStoreUnavailable};
    }
    if (outcome) return;
    // This includes the requests that failed by themselves: what they found may have been a change of another one.
    for (auto* const request : batch_writes_) request->outcome = outcome;
    static_cast<void>(unless_out_of_memory(*log_, "rolling back", [this]() -> Result<void> {
        backend_->roll_back();
        return {};
    }));
}

Result<void> StoreThreads::run_and_commit() {
    if (auto begun = backend_->begin(); !begun) return begun;
    for (auto* const request : batch_writes_)
        if (auto ran = backend_->run(*request); !ran) return ran;
    if (auto prepared = backend_->prepare_commit(); !prepared) return prepared;
    is_committing_ = true;
    return backend_->commit();
}

void StoreThreads::serve(WriterRequest& request) noexcept {
    if (auto* const write = std::get_if<WriteRequest>(&request)) return answer(write->done, write->outcome);
    if (auto* const refresh = std::get_if<RefreshRequest>(&request))
        return answer(refresh->done, unless_out_of_memory(*log_, "reading changes", [this] { return backend_->refresh(); }));
    auto& attach = std::get<AttachRequest>(request);
    answer(attach.done, unless_out_of_memory(*log_, "loading", [&] { return backend_->attach(*attach.listener); }));
}

void StoreThreads::read_until_closed() noexcept {
    while (reads_.take(reading_, std::chrono::hours{1}))
        for (auto& request : reading_) {
            auto const outcome = unless_out_of_memory(*log_, "reading", [&] { return backend_->read(request.query); });
            answer(request.done, outcome);
        }
}

}  // namespace warder::store
