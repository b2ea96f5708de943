// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection/reconnecting.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace warder::store::postgres {

/// Connections for threads that read at the same time, opened when they are needed first. Any thread may call any method.
class ReaderPool {
  public:
    /// A connection that no other thread uses as long as this object exists.
    class Lease {
      public:
        Lease(Lease&& other) noexcept : pool_{std::exchange(other.pool_, nullptr)}, connection_{other.connection_} {}
        Lease(Lease const&) = delete;
        Lease& operator=(Lease const&) = delete;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (pool_ != nullptr) pool_->give_back(*connection_);
        }
        Reconnecting* operator->() const noexcept { return connection_; }

      private:
        friend class ReaderPool;
        Lease(ReaderPool& pool, Reconnecting& connection) noexcept : pool_{&pool}, connection_{&connection} {}

        ReaderPool* pool_;
        Reconnecting* connection_;
    };

    /// @param first  an open connection.
    /// @param size  how many connections there are at most, and how many threads may have one at the same time.
    ReaderPool(std::string const& url, std::unique_ptr<Connection> first, std::size_t size);

    /// Returns the connection that was used last among those that nobody uses, so that the others are opened only if reads overlap.
    /// If one can't be opened although another one is in use, waits up to `limit` for that one: the server may have no room for more.
    /// @return a connection, which may be lost.
    Lease take(std::chrono::milliseconds limit);

    /// Interrupts what the threads wait for, from now on. The connections are of no use then.
    void end() noexcept;
    [[nodiscard]] bool is_ended() const noexcept { return ended_.is_raised(); }

  private:
    void give_back(Reconnecting& connection) noexcept;
    Lease pop() noexcept;

    Interrupt ended_;
    std::deque<Reconnecting> connections_;
    std::mutex mutex_;
    std::condition_variable given_back_;
    std::vector<Reconnecting*> idle_;  ///< The lost ones first, then the open ones in the order of their last use.
};

}  // namespace warder::store::postgres
