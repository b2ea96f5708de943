// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace warder::store {

/// A queue with a bound, from many threads to one.
template <class Request>
class WorkQueue {
  public:
    explicit WorkQueue(std::size_t bound) : bound_{bound} {}

    /// @return the request, if the queue is full or closed.
    std::optional<Request> push(Request request) {
        {
            std::scoped_lock const lock{mutex_};
            if (is_closed_ || requests_.size() >= bound_) return request;
            requests_.push_back(std::move(request));
        }
        arrived_.notify_one();
        return std::nullopt;
    }

    /// Waits for requests and takes up to `most`; none after `patience`. nullopt once the queue is closed and empty.
    std::optional<std::vector<Request>> take(std::size_t most, std::chrono::milliseconds patience) {
        std::unique_lock lock{mutex_};
        arrived_.wait_for(lock, patience, [this] { return is_closed_ || !requests_.empty(); });
        if (is_closed_ && requests_.empty()) return std::nullopt;
        auto const end = requests_.begin() + static_cast<std::ptrdiff_t>(std::min(most, requests_.size()));
        std::vector<Request> taken{std::make_move_iterator(requests_.begin()), std::make_move_iterator(end)};
        requests_.erase(requests_.begin(), end);
        return taken;
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
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Request> requests_;
    std::size_t bound_;
    bool is_closed_ = false;
};

}  // namespace warder::store
