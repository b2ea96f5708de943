// SPDX-License-Identifier: MIT
#pragma once

#include "log/log.hpp"
#include "store/common/report_limit.hpp"
#include "store/postgres/cluster/node_register.hpp"
#include "store/postgres/connection/connection.hpp"
#include "warder/store.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace warder::store::postgres {

/// Waits until every live node has applied what was committed.
///
/// A number in the table `waits` is a barrier: a snapshot that contains it contains every change that was acknowledged before
/// the number was written. Each node reads the table in the snapshot of its changes and, once these are in force, repeats the
/// numbers in its row of `nodes`. All who wait at the same time share a barrier. While there are any, a thread asks the
/// database, on a connection of its own; otherwise, it sleeps and has none. Any thread may call any method.
class Waits {
  public:
    /// @param self  this server, which has applied everything that it acknowledged.
    Waits(std::string url, LiveNode self, log::Logger& log);
    ~Waits() { stop(); }
    Waits(Waits const&) = delete;
    Waits& operator=(Waits const&) = delete;

    /// See `authority::Store::await_propagation`.
    void add(std::chrono::milliseconds limit, authority::Done<authority::Propagation> done);
    /// Records which nodes are live. They are reported as pending if the database can't be asked.
    void note(std::vector<LiveNode> nodes);
    /// See `authority::Store::end_waits`.
    void end() noexcept;
    /// Ends the thread as well.
    void stop() noexcept;

  private:
    using Clock = std::chrono::steady_clock;

    /// A node that must apply a change.
    struct Expected {
        LiveNode node;
        std::optional<Clock::time_point> applied_at{};
    };
    struct Waiter {
        authority::Done<authority::Propagation> done;
        Clock::time_point began;
        Clock::time_point deadline;
        std::chrono::system_clock::time_point began_at;  ///< For people.
        std::int64_t barrier = 0;                        ///< 0: not written yet.
        bool is_listed = false;                          ///< Whether `nodes` was read after the barrier was written.
        std::vector<Expected> nodes{};
    };
    /// A live node, and the last barrier of this server that it has applied.
    struct Progress {
        LiveNode node;
        std::int64_t applied = 0;
    };

    void serve() noexcept;
    bool await_round();
    void ask();
    void log_failure(PgError const& error);
    Pg<std::vector<Progress>> write_and_read(std::int64_t barrier, Connection::Timeout timeout);
    void update(Waiter& waiter, std::vector<Progress> const& progress, Clock::time_point now) const;
    void retreat();
    void answer_due(Clock::time_point now);
    [[nodiscard]] authority::Propagation report(Waiter const& waiter, std::vector<LiveNode> const& known) const;
    [[nodiscard]] static bool is_complete(Waiter const& waiter);
    void answer(std::vector<Waiter> waiters) noexcept;

    std::string url_;
    LiveNode self_;
    std::string self_text_;
    log::Logger* log_;

    std::mutex mutex_;  // for the members up to `barrier_`
    std::condition_variable changed_;
    std::vector<Waiter> waiters_;
    std::vector<LiveNode> known_;
    bool has_new_ = false;  ///< Some wait for a barrier that is not written yet.
    bool is_ended_ = false;
    bool is_stopped_ = false;
    std::int64_t barrier_ = 0;  ///< The last one.

    // For the thread only.
    ReportLimit reports_;
    std::unique_ptr<Connection> connection_;
    std::int64_t written_ = 0;  ///< The last barrier that was written on this connection.
    Clock::time_point asked_at_{};
    Clock::duration pause_{};
    std::jthread thread_;  // last, because it uses everything above
};

}  // namespace warder::store::postgres
