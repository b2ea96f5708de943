// SPDX-License-Identifier: MIT
#pragma once

#include "log/log.hpp"
#include "store/common/work_queue.hpp"
#include "warder/store.hpp"

#include <cstddef>
#include <exception>
#include <expected>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

/// The requests to the threads of a store, and how they are answered. Nothing here throws: running out of memory is
/// answered like any other failure.
namespace warder::store {

struct WriteRequest {
    authority::Store::Work work;
    authority::Done<void> done;
    std::optional<authority::Store::ExpectedReads> reads{};
    authority::Result<void> outcome{};
};
struct RefreshRequest {
    authority::Done<void> done;
};
struct AttachRequest {
    authority::ChangeListener* listener;
    authority::Done<void> done;
};
using WriterRequest = std::variant<WriteRequest, RefreshRequest, AttachRequest>;

struct ReadRequest {
    authority::Store::Query query;
    authority::Done<void> done;
};

/// Calls the callback and destroys it, even if the callback runs out of memory: the destruction tells its owner that no
/// answer will come.
inline void answer(authority::Done<void>& done, authority::Result<void> const& outcome) noexcept {
    auto callback = std::exchange(done, nullptr);
    try {
        callback(outcome);
    } catch (std::exception const&) {  // NOLINT(bugprone-empty-catch): see above
    }
}

inline void reject(WriterRequest& request, authority::Error error) noexcept {
    std::visit([error](auto& one) { answer(one.done, std::unexpected{error}); }, request);
}
inline void reject(ReadRequest& request, authority::Error error) noexcept { answer(request.done, std::unexpected{error}); }

/// Queues the request. If the queue is full or closed, answers it with an error instead.
template <class Request>
void queue(WorkQueue<Request>& to, Request request) noexcept {
    switch (to.push(request)) {
        case Admission::kTaken:
            return;
        case Admission::kFull:
            return reject(request, authority::Error::kBusy);
        case Admission::kClosed:
            return reject(request, authority::Error::kStoreUnavailable);
    }
}

/// Returns an empty vector with capacity for `count` elements.
template <class T>
std::vector<T> make_room(std::size_t count) {
    std::vector<T> buffer;
    buffer.reserve(count);
    return buffer;
}

/// Returns the result of `step`. If memory runs out, logs that and returns `kStoreUnavailable`; `step` must have
/// changed nothing by then.
template <class Step>
authority::Result<void> unless_out_of_memory(log::Logger& log, char const* doing, Step step) noexcept {
    try {
        return step();
    } catch (std::exception const&) {
        log.note_memory_shortage(doing);
        return std::unexpected{authority::Error::kStoreUnavailable};
    }
}

}  // namespace warder::store
