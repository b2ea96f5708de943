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

/// A queue with a bound, from many threads to one.
template <class Request>
class WorkQueue {
  public:
    explicit WorkQueue(std::size_t bound) : bound_{bound} {}

    /// Takes the request, unless the queue is closed or full, which it also is where memory lacks: then it stays with the caller.
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

    /// Destroys what is in `taken`, waits for requests and takes as many as `taken` has room for, without allocating; none after `patience`.
    /// @return false once the queue is closed and empty.
    ///
    /// Whoever was answered last is likely to ask again at once: when the first has come, it waits up to `linger` more for as many as were taken the
    /// last time or wait already. A lone caller never waits for company.
    bool take(std::vector<Request>& taken, std::chrono::milliseconds patience, std::chrono::microseconds linger = {}) noexcept {
        taken.clear();
        auto const most = taken.capacity();
        std::unique_lock lock{mutex_};
        auto const company = std::min(most, last_taken_ + requests_.size());
        await(lock, 1, patience);
        if (linger.count() > 0 && !requests_.empty()) await(lock, company, linger);
        if (is_closed_ && requests_.empty()) return false;
        while (!requests_.empty() && taken.size() < most) {
            taken.push_back(std::move(requests_.front()));
            requests_.pop_front();
        }
        last_taken_ = taken.size();
        return true;
    }

    /// What waits is still handed out; nothing new is let in.
    void close() {
        {
            std::scoped_lock const lock{mutex_};
            is_closed_ = true;
        }
        arrived_.notify_all();
    }

  private:
    /// Sleeps until so many wait, the queue is closed, or the time is over; a thread that pushes wakes it only then.
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
