// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace warder::store {

enum class Admission : std::uint8_t { kTaken, kFull, kClosed };

/// A bounded queue from many producer threads to one consumer thread, or to several ones that don't linger.
template <class Request>
class WorkQueue {
  public:
    explicit WorkQueue(std::size_t bound) : bound_{bound} {}

    /// Queues the request, unless the queue is closed or full; being out of memory counts as full. A request that isn't
    /// queued stays with the caller.
    Admission push(Request& request) noexcept {
        {
            std::scoped_lock const lock{mutex_};
            if (is_closed_) return Admission::kClosed;
            if (requests_.size() >= bound_) return Admission::kFull;
            try {
                requests_.push_back(std::move(request));
            } catch (std::bad_alloc const&) {
                return Admission::kFull;
            }
            if (requests_.size() < wanted_) return Admission::kTaken;
        }
        arrived_.notify_one();
        return Admission::kTaken;
    }

    /// Destroys the contents of `taken`, waits for requests, and moves as many into `taken` as its capacity allows,
    /// without allocating. Takes none if none arrives within `timeout`.
    ///
    /// A client that was just answered is likely to send its next request at once. So after the first request has
    /// arrived, this waits up to `linger` longer for as many requests as were taken the last time plus those that are
    /// queued. A single client is never delayed.
    /// @return false once the queue is closed and empty.
    bool take(std::vector<Request>& taken, std::chrono::milliseconds timeout, std::chrono::microseconds linger = {}) noexcept {
        taken.clear();
        auto const most = taken.capacity();
        std::unique_lock lock{mutex_};
        auto const batch_size = std::min(most, last_taken_ + requests_.size());
        await(lock, 1, timeout);
        if (linger.count() > 0 && !requests_.empty()) await(lock, batch_size, linger);
        if (is_closed_ && requests_.empty()) return false;
        while (!requests_.empty() && taken.size() < most) {
            taken.push_back(std::move(requests_.front()));
            requests_.pop_front();
        }
        last_taken_ = taken.size();
        return true;
    }

    /// Rejects new requests. Those in the queue can still be taken.
    void close() {
        {
            std::scoped_lock const lock{mutex_};
            is_closed_ = true;
        }
        arrived_.notify_all();
    }

  private:
    /// Waits until `count` requests are queued, the queue is closed or `time` has passed; a producer wakes the consumer
    /// only then.
    template <class Duration>
    void await(std::unique_lock<std::mutex>& lock, std::size_t count, Duration time) {
        wanted_ = count;
        arrived_.wait_for(lock, time, [&] { return is_closed_ || requests_.size() >= count; });
        wanted_ = 1;
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Request> requests_;
    std::size_t bound_;
    std::size_t wanted_ = 1;
    std::size_t last_taken_ = 0;
    bool is_closed_ = false;
};

}  // namespace warder::store
