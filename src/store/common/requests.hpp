// SPDX-License-Identifier: MIT
#pragma once

#include "log/log.hpp"
#include "store/common/work_queue.hpp"
#include "warder/store.hpp"

#include <cstddef>
#include <exception>
#include <expected>
#include <utility>
#include <variant>
#include <vector>

/// What the threads of a store are asked to do, and how it is answered. Nothing here throws: a lack of memory is an answer, too.
namespace warder::store {

struct WriteRequest {
    authority::Store::Work work;
    authority::Done<void> done;
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

/// Calls the callback and destroys it, also where memory ends what it does: who waits for it learns by its destruction that no answer comes.
inline void answer(authority::Done<void>& done, authority::Result<void> const& outcome) noexcept {
    auto callback = std::exchange(done, nullptr);
    try {
        callback(outcome);
    } catch (std::exception const&) {  // NOLINT(bugprone-empty-catch): see above
    }
}

inline void refuse(WriterRequest& request, authority::Error error) noexcept {
    std::visit([error](auto& one) { answer(one.done, std::unexpected{error}); }, request);
}
inline void refuse(ReadRequest& request, authority::Error error) noexcept { answer(request.done, std::unexpected{error}); }

/// Queues the request, or answers it.
template <class Request>
void queue(WorkQueue<Request>& to, Request request) noexcept {
    switch (to.push(request)) {
        case Admission::kTaken:
            return;
        case Admission::kFull:
            return refuse(request, authority::Error::kBusy);
        case Admission::kClosed:
            return refuse(request, authority::Error::kStoreUnavailable);
    }
}

/// An empty vector with room for so many.
template <class T>
std::vector<T> make_room(std::size_t count) {
    std::vector<T> room;
    room.reserve(count);
    return room;
}

/// What `step` returns; where memory ends it, a failure after which nothing was changed, and the log says so.
template <class Step>
authority::Result<void> unless_memory_lacks(log::Logger& log, char const* doing, Step step) noexcept {
    try {
        return step();
    } catch (std::exception const&) {
        log.note_memory_shortage(doing);
        return std::unexpected{authority::Error::kStoreUnavailable};
    }
}

}  // namespace warder::store
