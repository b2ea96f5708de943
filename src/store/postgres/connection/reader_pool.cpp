// SPDX-License-Identifier: MIT
#include "store/postgres/connection/reader_pool.hpp"

namespace warder::store::postgres {

ReaderPool::ReaderPool(std::string const& url, std::unique_ptr<Connection> first, std::size_t size) {
    idle_.reserve(size);
    for (std::size_t number = 1; number < size; ++number) connections_.emplace_back(url, nullptr, &ended_);
    connections_.emplace_back(url, std::move(first), &ended_);
    for (auto& connection : connections_) idle_.push_back(&connection);
}

ReaderPool::Lease ReaderPool::take(std::chrono::milliseconds limit) {
    {
        auto last = [this] {
            std::scoped_lock const lock{mutex_};
            return pop();
        }();
        if (last->get() != nullptr) return last;
    }
    std::unique_lock lock{mutex_};
    given_back_.wait_for(lock, limit, [this] { return is_ended() || idle_.back()->current() != nullptr || idle_.size() == connections_.size(); });
    return pop();
}

void ReaderPool::end() noexcept {
    {
        std::scoped_lock const lock{mutex_};
        ended_.raise();
    }
    given_back_.notify_all();
}

void ReaderPool::give_back(Reconnecting& connection) noexcept {
    {
        std::scoped_lock const lock{mutex_};
        // This allocates nothing, since there is room for all.
        idle_.insert(connection.current() != nullptr ? idle_.end() : idle_.begin(), &connection);
    }
    given_back_.notify_all();
}

/// There is always one, since there are no more threads than connections.
ReaderPool::Lease ReaderPool::pop() noexcept {
    auto& last = *idle_.back();
    idle_.pop_back();
    return {*this, last};
}

}  // namespace warder::store::postgres
